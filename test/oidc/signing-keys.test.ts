import { createPublicKey, verify } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isoTime, systemClock } from '../../src/kernel/clock.ts'
import { dueStep, PUBLISHED_AHEAD, rotateDueKeys } from '../../src/oidc/keys/key-rotation.ts'
import { publishSigningKey, secretName } from '../../src/oidc/keys/signing-keys.ts'
import { createOidc } from '../../src/oidc/oidc.ts'
import type { SigningKey } from '../../src/projections/signing-keys/queries.ts'
import { storedBytes } from '../support/stored-bytes.ts'
import { authorize, tokensFor } from './support/flow.ts'
import { type Harness, openHarness } from './support/harness.ts'
import { plainPages } from './support/plain-pages.ts'
import { travel, travelHome } from './support/time-travel.ts'

const DAY = 24 * 60 * 60_000

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
  await harness.registerClient({ client_id: 'app' })
})
afterAll(() => harness.close())
afterEach(travelHome)

const deps = () => ({ ...harness.storage, clock: systemClock })
type Jwk = Record<string, string>
const published = async () => {
  const response = await fetch(`${harness.issuer}/oidc/jwks`)
  return { keys: ((await response.json()) as { keys: Jwk[] }).keys, headers: response.headers }
}
const kidOf = (jwt: string | undefined) =>
  (JSON.parse(Buffer.from((jwt ?? '').split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid

describe('the published keys', () => {
  it('are one for RS256 and one for ES256 from the first start, without their private parts', async () => {
    const { keys, headers } = await published()
    expect(keys.map(({ alg, use }) => `${alg} ${use}`).sort()).toEqual(['ES256 sig', 'RS256 sig'])
    for (const key of keys) {
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(member)
    }
    expect(headers.get('cache-control')).toBe('public, max-age=300')
  })

  it('stay the same over a restart, and verify what was signed before', async () => {
    const { id_token = '' } = await tokensFor(harness, 'app')
    const before = await published()
    await harness.restart()
    const { keys } = await published()
    expect(keys).toEqual(before.keys)
    const jwk = keys.find(({ kid }) => kid === kidOf(id_token))
    const [header, payload, signature = ''] = id_token.split('.')
    const key = createPublicKey({ key: jwk as never, format: 'jwk' })
    const bytes = Buffer.from(`${header}.${payload}`)
    expect(verify('sha256', bytes, key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  it('A6 are kept encrypted: the private part is in the key store only', async () => {
    const [key] = harness.storage.views.signingKeys.all()
    const secret = await harness.storage.keys.secret(secretName(key?.kid ?? ''))
    const { d } = JSON.parse(Buffer.from(secret ?? []).toString()) as { d: string }
    for (const [file, bytes] of storedBytes(harness.directory)) expect(bytes.includes(d), file).toBe(false)
  })
})

describe('O14 a new key', () => {
  it('O14 is published before it signs, and the old one stays until its tokens are dead, without a restart', async () => {
    const { id_token, agent } = await tokensFor(harness, 'app')
    const old = kidOf(id_token)
    const fresh = await publishSigningKey(harness.storage, 'RS256')
    expect((await published()).keys.map(({ kid }) => kid)).toEqual(expect.arrayContaining([old, fresh]))
    await rotateDueKeys(deps())
    expect(kidOf((await tokensFor(harness, 'app')).id_token)).toBe(old)

    travel(PUBLISHED_AHEAD * 1000)
    await rotateDueKeys(deps())
    expect(kidOf((await tokensFor(harness, 'app')).id_token)).toBe(fresh)
    expect((await published()).keys.map(({ kid }) => kid)).toEqual(expect.arrayContaining([old, fresh]))
    const hinted = await authorize(harness, agent, {
      client_id: 'app',
      id_token_hint: id_token ?? '',
      prompt: 'none',
    })
    expect(hinted.parameters.code).toBeDefined()

    travel(PUBLISHED_AHEAD * 1000 + DAY)
    await rotateDueKeys(deps())
    const kids = (await published()).keys.map(({ kid }) => kid)
    expect(kids).toContain(fresh)
    expect(kids).not.toContain(old)
    expect(await harness.storage.keys.secret(secretName(old))).toBeNull()
    const types = harness.newEvents().map(({ type, subject }) => `${type} ${subject}`)
    expect(types.filter((text) => text.startsWith('SigningKey'))).toEqual([
      `SigningKeyCreated ${fresh}`,
      `SigningKeyActivated ${fresh}`,
      `SigningKeyRetired ${old}`,
    ])
  })

  it('A6 O14 is never made in silence in the place of one that is lost', async () => {
    const active = harness.storage.views.signingKeys.all().find(({ state }) => state === 'active')
    const lost = { ...harness.storage, keys: { ...bound(harness.storage.keys), secret: async () => null } }
    const start = createOidc({
      ...lost,
      issuer: harness.issuer,
      clock: systemClock,
      browserSession: async () => null,
      pages: plainPages,
      admit: async () => undefined,
      secretGuesses: { requireBudget: () => undefined, failed: async () => undefined },
      report: () => undefined,
    })
    await expect(start).rejects.toThrow(/The private part of the signing key .+ is missing/)
    expect(harness.storage.views.signingKeys.byId(active?.kid ?? '')?.state).toBe('active')
  })
})

function bound(keys: Harness['storage']['keys']) {
  return {
    ensureSecret: keys.ensureSecret.bind(keys),
    removeSecret: keys.removeSecret.bind(keys),
  }
}

describe('what is due', () => {
  const NOW = Date.UTC(2030, 0, 1)
  const key = (
    kid: string,
    state: SigningKey['state'],
    age: number,
    activeFor: number | null = null,
  ): SigningKey => ({
    kid,
    alg: 'RS256',
    public_jwk: {},
    state,
    created_at: isoTime(NOW - age),
    activated_at: activeFor === null ? null : isoTime(NOW - activeFor),
    retired_at: null,
  })
  const AHEAD = PUBLISHED_AHEAD * 1000

  it.each([
    ['without keys, a beginning', [], { step: 'begin' }],
    [
      'with one that nobody signs with yet, its use',
      [key('a', 'published', 0)],
      { step: 'activate', kid: 'a' },
    ],
    ['with one that signs, nothing', [key('a', 'active', 9 * DAY, 9 * DAY)], null],
    [
      'with a new one just published, nothing',
      [key('a', 'active', 9 * DAY, 9 * DAY), key('b', 'published', AHEAD - 1)],
      null,
    ],
    [
      'with a new one published for long enough, its use',
      [key('a', 'active', 9 * DAY, 9 * DAY), key('b', 'published', AHEAD)],
      { step: 'activate', kid: 'b' },
    ],
    [
      'with an old one whose tokens may be good, nothing',
      [key('a', 'published', 9 * DAY, 9 * DAY), key('b', 'active', 2 * DAY, DAY - 1)],
      null,
    ],
    [
      'with an old one whose tokens are dead, its end',
      [key('a', 'published', 9 * DAY, 9 * DAY), key('b', 'active', 2 * DAY, DAY)],
      { step: 'retire', kid: 'a' },
    ],
    [
      'with one that was skipped, its end',
      [key('a', 'published', 9 * DAY), key('b', 'active', 2 * DAY, DAY)],
      { step: 'retire', kid: 'a' },
    ],
    ['with only retired ones, a beginning', [key('a', 'retired', 9 * DAY, 9 * DAY)], { step: 'begin' }],
  ] as const)('is, %s', (_name, keys, step) => {
    expect(dueStep(keys, NOW)).toEqual(step)
  })
})
