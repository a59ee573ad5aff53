import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { linkCode } from '../../src/authn/magic-link-code.ts'
import type { LinkPurpose } from '../../src/authn/magic-link-service.ts'
import { MagicLinkService, type NewLink } from '../../src/authn/magic-link-service.ts'
import { LINK_PURPOSES } from '../../src/events/magic-link.ts'
import { systemRandom, tokenHash } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { refusal, refusalCode } from './refusals.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.parse('2030-01-02T03:04:05.678Z')

function setUp() {
  const time = { now: START }
  const codeKey = new Secret(new Uint8Array(32).fill(7))
  const service = new MagicLinkService({ clock: () => time.now, random: systemRandom, codeKey })
  const links = new Map<string, { link_id: string; purpose: string; expires_at: string; used: boolean }>()
  const keep = (link: NewLink) => {
    const { link_id, purpose, expires_at } = link
    links.set(link.token_hash, { link_id, purpose, expires_at, used: false })
    return link
  }
  const find = async (hash: string) => links.get(hash) ?? null
  const findById = async (id: string) => [...links.values()].find((link) => link.link_id === id) ?? null
  const markUsed = async (hash: string) => {
    const link = links.get(hash)
    if (link === undefined || link.used) return false
    link.used = true
    return true
  }
  return { service, time, links, keep, find, findById, markUsed }
}

describe('making a link', () => {
  it('gives two secrets, their hashes, an id and an end', () => {
    const { service } = setUp()
    const link = service.create({ purpose: 'sign_in' })
    expect(link.token.reveal()).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(link.code.reveal()).toMatch(/^[2-9A-HJ-NP-Z]{8}$/)
    expect(link).toEqual({
      link_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      purpose: 'sign_in',
      token: expect.any(Secret),
      token_hash: tokenHash(link.token.reveal()),
      code: expect.any(Secret),
      expires_at: '2030-01-02T03:14:05.678Z',
    })
    expect(service.create({ purpose: 'sign_in' }).token.reveal()).not.toBe(link.token.reveal())
  })

  it('prints neither secret, however it is printed', () => {
    const link = setUp().service.create({ purpose: 'sign_in' })
    const printed = [
      JSON.stringify(link),
      inspect(link, { depth: 9, showHidden: true }),
      `${link.token}${link.code}`,
    ]
    for (const text of printed) {
      expect(text).not.toContain(link.token.reveal())
      expect(text).not.toContain(link.code.reveal())
    }
  })

  it.each<[LinkPurpose, number, number]>([
    ['sign_in', 10 * MINUTE, 10 * MINUTE],
    ['recovery', HOUR, DAY],
    ['invitation', 3 * DAY, 30 * DAY],
    ['claim', 30 * MINUTE, 30 * MINUTE],
    ['email_verification', DAY, DAY],
  ])('bounds the life of a link for %s', async (purpose, usual, longest) => {
    const { service } = setUp()
    const life = (ttl?: number) => Date.parse(service.create({ purpose, ttl }).expires_at) - START
    expect([life(), life(longest), life(1)]).toEqual([usual, longest, 1])
    for (const ttl of [longest + 1, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await refusalCode((async () => life(ttl))())).toBe('invalid_input')
    }
  })

  it('knows every purpose that the log knows', () => {
    const { service } = setUp()
    for (const purpose of LINK_PURPOSES) expect(service.create({ purpose }).purpose).toBe(purpose)
  })
})

describe('inspecting a link', () => {
  it('gives what is stored about a living link, as often as asked', async () => {
    const { service, keep, find, links } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    for (let time = 0; time < 3; time += 1) {
      expect(await service.inspect(link.token.reveal(), 'sign_in', find)).toEqual(links.get(link.token_hash))
    }
    expect(links.get(link.token_hash)?.used).toBe(false)
  })

  it('serves its one purpose', async () => {
    const { service, keep, find } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    for (const purpose of LINK_PURPOSES.filter((other) => other !== 'sign_in')) {
      expect(await refusalCode(service.inspect(link.token.reveal(), purpose, find))).toBe('link_invalid')
    }
    expect(await refusalCode(service.inspect(link.token.reveal(), [], find))).toBe('link_invalid')
    expect(await service.inspect(link.token.reveal(), ['claim', 'sign_in'], find)).toMatchObject({
      used: false,
    })
  })

  it('ends at its time and not a millisecond later', async () => {
    const { service, keep, find, time } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    time.now = START + 10 * MINUTE - 1
    await service.inspect(link.token.reveal(), 'sign_in', find)
    time.now = START + 10 * MINUTE
    expect(await refusalCode(service.inspect(link.token.reveal(), 'sign_in', find))).toBe('link_expired')
  })

  it('takes an unreadable end as past', async () => {
    const { service } = setUp()
    const find = async () => ({ purpose: 'sign_in', used: false, expires_at: 'soon' })
    expect(await refusalCode(service.inspect('x'.repeat(43), 'sign_in', find))).toBe('link_expired')
  })

  it.each([
    '',
    'x',
    'x'.repeat(42),
    'x'.repeat(44),
    'x'.repeat(1 << 20),
    `${'x'.repeat(42)}\n`,
    "' OR 1=1 --",
  ])('refuses the malformed token %#', async (token) => {
    const find = async () => {
      throw new Error('A malformed token must not be looked up')
    }
    expect(await refusalCode(setUp().service.inspect(token, 'sign_in', find))).toBe('link_invalid')
  })

  it('hands out the hash of the token only, and lets a failure of the store through', async () => {
    const { service, keep } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    const asked: string[] = []
    const find = async (hash: string) => {
      asked.push(hash)
      throw new Error('The disk is gone')
    }
    await expect(service.inspect(link.token.reveal(), 'sign_in', find)).rejects.toThrow('The disk is gone')
    expect(asked).toEqual([tokenHash(link.token.reveal())])
  })
})

describe('consuming a link', () => {
  it('has one winner among fifty', async () => {
    const { service, keep, find, markUsed } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        service.consume(link.token.reveal(), 'sign_in', find, markUsed).then(
          () => 'won',
          (refused) => refused.code,
        ),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'link_used')).toHaveLength(49)
    expect(await refusalCode(service.inspect(link.token.reveal(), 'sign_in', find))).toBe('link_used')
  })

  it('marks nothing when the link does not serve', async () => {
    const { service, keep, find, time } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    const markUsed = async () => {
      throw new Error('It must not be marked')
    }
    expect(await refusalCode(service.consume(link.token.reveal(), 'claim', find, markUsed))).toBe(
      'link_invalid',
    )
    time.now += DAY
    expect(await refusalCode(service.consume(link.token.reveal(), 'sign_in', find, markUsed))).toBe(
      'link_expired',
    )
  })
})

describe('the typed code', () => {
  it('opens its own link, however it is typed', async () => {
    const { service, keep, findById, links } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    const code = link.code.reveal()
    for (const typed of [
      code,
      code.toLowerCase(),
      ` ${code.slice(0, 4)}-${code.slice(4)} `,
      [...code].join(' '),
    ]) {
      expect(await service.inspectCode({ linkId: link.link_id, code: typed }, 'sign_in', findById)).toEqual(
        links.get(link.token_hash),
      )
    }
  })

  it('opens no other link and no other purpose', async () => {
    const { service, keep, findById } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    const other = keep(service.create({ purpose: 'sign_in' }))
    const attempt = (linkId: string, code: string, purpose: LinkPurpose = 'sign_in') =>
      refusalCode(service.inspectCode({ linkId, code }, purpose, findById))
    expect(await attempt(other.link_id, link.code.reveal())).toBe('link_invalid')
    expect(await attempt('unknown', link.code.reveal())).toBe('link_invalid')
    expect(await attempt(link.link_id, '')).toBe('link_invalid')
    expect(await attempt(link.link_id, 'x'.repeat(1 << 20))).toBe('link_invalid')
    expect(await attempt(link.link_id, link.code.reveal(), 'recovery')).toBe('link_invalid')
  })

  it('tells only who knows it what became of the link', async () => {
    const { service, keep, findById, find, markUsed } = setUp()
    const link = keep(service.create({ purpose: 'sign_in' }))
    await service.consume(link.token.reveal(), 'sign_in', find, markUsed)
    const right = { linkId: link.link_id, code: link.code.reveal() }
    expect(await refusalCode(service.inspectCode(right, 'sign_in', findById))).toBe('link_used')
    expect(await refusalCode(service.inspectCode({ ...right, code: '22222222' }, 'sign_in', findById))).toBe(
      'link_invalid',
    )
  })

  it('comes out of a key and the id of its link: who has a copy of the database cannot find it', () => {
    const codeOf = (key: number, id: string) => linkCode(new Secret(new Uint8Array(32).fill(key)), id)
    const { service } = setUp()
    const link = service.create({ purpose: 'sign_in' })
    expect(link.code.reveal()).toBe(codeOf(7, link.link_id))
    expect(codeOf(8, link.link_id)).not.toBe(codeOf(7, link.link_id))
    expect(new Set(Array.from({ length: 1000 }, (_, n) => codeOf(7, String(n)))).size).toBe(1000)
    const letters = new Set(Array.from({ length: 200 }, (_, n) => [...codeOf(7, String(n))]).flat())
    expect([...letters].sort().join('')).toBe('23456789ABCDEFGHJKLMNPQRSTUVWXYZ')
  })
})

it('says nothing secret in its refusals', async () => {
  const { service, find } = setUp()
  const token = service.create({ purpose: 'sign_in' }).token.reveal()
  const refused = await refusal(service.inspect(token, 'sign_in', find))
  expect(inspect(refused, { depth: 9 })).not.toContain(token)
})
