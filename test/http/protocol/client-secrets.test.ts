import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { randomToken, tokenHash } from '../../../src/kernel/random.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'

const SECRET = randomToken()
const MINUTE = 60_000

let service: TestApp
beforeEach(async () => {
  service = await createTestApp()
  for (const client_id of ['robot', 'other']) {
    await service.does('register-client', {
      client_id,
      public: false,
      secret_hash: tokenHash(client_id === 'robot' ? SECRET : randomToken()),
      grant_types: ['client_credentials'],
      scope: 'admin',
    })
  }
  await service.newEvents()
})
afterEach(() => service.close())

const FORMS: Record<string, Record<string, string>> = {
  token: { grant_type: 'client_credentials', scope: 'admin' },
  introspect: { token: 'x' },
  revoke: { token: 'x' },
}

/** Authenticates as a client, in the header or in the form. */
function authenticate({
  endpoint = 'token',
  address = '198.51.100.7',
  secret = 'wrong',
  client = 'robot',
  inForm = false,
}: {
  endpoint?: string
  address?: string
  secret?: string
  client?: string
  inForm?: boolean
} = {}) {
  const form = new URLSearchParams(FORMS[endpoint])
  if (inForm) {
    form.set('client_id', client)
    form.set('client_secret', secret)
  }
  const basic = `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`
  return service.app.inject({
    method: 'POST',
    url: `/oidc/${endpoint}`,
    remoteAddress: address,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(inForm ? {} : { authorization: basic }),
    },
    payload: form.toString(),
  })
}

async function fail(count: number, how: Parameters<typeof authenticate>[0] = {}) {
  const statuses: number[] = []
  for (let tried = 0; tried < count; tried += 1) statuses.push((await authenticate(how)).statusCode)
  return statuses
}

describe('O8 wrong client secrets', () => {
  it.each(Object.keys(FORMS).flatMap((endpoint) => [true, false].map((inForm) => ({ endpoint, inForm }))))(
    'are stopped at /oidc/$endpoint after ten from one address (in the form: $inForm)',
    async ({ endpoint, inForm }) => {
      expect(await fail(10, { endpoint, inForm })).toEqual(Array(10).fill(401))
      const stopped = await authenticate({ endpoint, inForm, secret: SECRET })
      expect(stopped.statusCode).toBe(429)
      expect(Number(stopped.headers['retry-after'])).toBeGreaterThan(14 * 60)
      expect(stopped.json()).toMatchObject({ error: 'temporarily_unavailable' })
    },
  )

  it('are counted over all endpoints together', async () => {
    for (const endpoint of Object.keys(FORMS)) await fail(4, { endpoint })
    expect((await authenticate({ secret: SECRET })).statusCode).toBe(429)
  })

  it('hold up neither the right secret from elsewhere nor other clients', async () => {
    await fail(12)
    expect((await authenticate({ secret: SECRET, address: '198.51.100.8' })).statusCode).toBe(200)
    expect((await authenticate({ client: 'other' })).statusCode).toBe(401)
  })

  it('are counted by the /64 of an IPv6 address', async () => {
    for (let host = 1; host <= 10; host += 1) await fail(1, { address: `2001:db8::${host}` })
    expect((await authenticate({ secret: SECRET, address: '2001:db8::ffff' })).statusCode).toBe(429)
    expect((await authenticate({ secret: SECRET, address: '2001:db8:0:1::1' })).statusCode).toBe(200)
  })

  it('are forgotten after a quarter of an hour, and with the secret that they were for', async () => {
    await fail(11)
    const secret = randomToken()
    await service.does('rotate-client-secret', { client_id: 'robot', secret_hash: tokenHash(secret) })
    expect((await authenticate({ secret })).statusCode).toBe(200)
    await fail(11)
    service.advance(15 * MINUTE + 1)
    expect((await authenticate({ secret })).statusCode).toBe(200)
  })

  it('B6 are not judged beyond the budget, also when all come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => authenticate()))
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10)
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(50)
  })

  it('B9 are remembered over a restart', async () => {
    await fail(10)
    service = await service.restart()
    expect((await authenticate()).statusCode).toBe(401)
    expect((await authenticate({ secret: SECRET })).statusCode).toBe(429)
  })

  it('leave an event when they are notable and when they are stopped', async () => {
    await fail(30)
    const events = await service.newEvents()
    expect(events.map(({ type, subject, actor_kind }) => ({ type, subject, actor_kind }))).toEqual([
      { type: 'ClientSecretFailuresCounted', subject: 'robot', actor_kind: 'system' },
      { type: 'ClientSecretFailuresCounted', subject: 'robot', actor_kind: 'system' },
    ])
    expect(events.map(({ data }) => data)).toEqual([
      { client_id: 'robot', failures: 5, window_seconds: 900, until: null },
      { client_id: 'robot', failures: 10, window_seconds: 900, until: expect.any(String) },
    ])
  })

  it('leave few events, however many addresses guess', async () => {
    for (let host = 1; host <= 12; host += 1) await fail(11, { address: `203.0.113.${host}` })
    expect(await service.newTypes()).toEqual(Array(6).fill('ClientSecretFailuresCounted'))
  })

  it('leave nothing for a client that nobody registered', async () => {
    expect(await fail(15, { client: 'nobody' })).toEqual(Array(15).fill(401))
    expect(await service.newTypes()).toEqual([])
  })
})
