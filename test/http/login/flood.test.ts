import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/kernel/clock.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { isSignedIn, joinWithPasskey, PASSWORD, signIn, signInWithPasskey } from '../../support/people.ts'
import { appearance } from '../../support/same.ts'
import { Tally } from '../../support/tally.ts'

const WRONG = 'some other words altogether'
const FLOODED = '203.0.113.9'

let service: TestApp
let tally: Tally
beforeEach(async () => {
  tally = new Tally()
  service = await createTestApp({ adapt: tally.adapt })
})
afterEach(() => service.close())

/** Uses the budget of an address up: with one real failure, to which 99 are added where it was counted. */
async function useUpAddress(address = FLOODED) {
  await signIn(service.browser(address), 'guess', WRONG)
  await service.settled()
  await service.storage.documents.increment(
    'throttle_open',
    `address:${address}:900000`,
    99,
    systemClock() + 1,
  )
}

/** What was logged at or above a level, as objects. */
function logged(level: 'info' | 'error') {
  const least = { info: 30, error: 50 }[level]
  return service.lines
    .map(
      (line) =>
        JSON.parse(line) as { level: number; code?: string; reqId?: string; msg: string; err?: unknown },
    )
    .filter((line) => (level === 'info' ? line.level === least : line.level >= least))
}

describe('B10 beyond the budget of an address', () => {
  it('every name gets the Same 429 with Retry-After, before anything is hashed or written', async () => {
    await service.register({ username: 'right-pw', password: PASSWORD })
    const disabled = await service.register({ username: 'disabled', password: PASSWORD })
    await service.does('change-user', { userid: disabled, changes: { active: false } })
    await service.register({ username: 'an-admin', password: PASSWORD, groups: ['admin'] })
    await joinWithPasskey(service, 'only-key')
    service.advance(0)
    await useUpAddress()
    const seen = []
    for (const username of ['unknown1', 'right-pw', 'disabled', 'an-admin', 'only-key']) {
      const browser = service.browser(FLOODED)
      await browser.get('/login')
      tally.look()
      const response = await browser.submit('/login', { username, password: PASSWORD })
      expect(tally.look()).toMatchObject({ hashes: 0, writes: 0 })
      seen.push(appearance(response, username))
    }
    expect(seen[0]).toMatchObject({ status: 429, headers: { 'retry-after': '900' } })
    expect(seen[0]?.body).toContain('Too many sign-ins failed that came from your network')
    for (const other of seen) expect(other).toEqual(seen[0])
  })

  it('holds for a code as for a password, and on the account page', async () => {
    await service.register({ username: 'ada', email: 'ada@example.org' })
    const browser = service.browser(FLOODED)
    await browser.get('/login')
    await browser.follow(await browser.submit('/login/link', { username: 'ada' }))
    const { authenticator } = await joinWithPasskey(service, 'bob')
    const bob = service.browser(FLOODED)
    await signInWithPasskey(bob, authenticator)
    bob.cookies.delete('countersign-browser')
    await bob.get('/account/confirm')
    await useUpAddress()
    expect((await browser.submit('/login/code', { code: 'AAAA-AAAA' })).statusCode).toBe(429)
    expect((await bob.submit('/account/confirm', { password: WRONG })).statusCode).toBe(429)
  })

  it('ends with the window, to the second that Retry-After named', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    service.advance(0)
    await useUpAddress()
    service.advance(60_000)
    const refused = await signIn(service.browser(FLOODED), 'ada')
    expect(refused.headers['retry-after']).toBe('840')
    service.advance(839_000)
    expect((await signIn(service.browser(FLOODED), 'ada')).statusCode).toBe(429)
    service.advance(1_000)
    expect((await signIn(service.browser(FLOODED), 'ada')).statusCode).toBe(303)
  })

  it('B7 a known device and a passkey sign in from there all the same', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    const own = service.browser(FLOODED)
    await signIn(own, 'ada')
    await own.get('/account')
    await own.submit('/logout')
    const { authenticator } = await joinWithPasskey(service, 'bob')
    await useUpAddress()
    expect((await signIn(own, 'ada')).statusCode).toBe(303)
    const browser = service.browser(FLOODED)
    await signInWithPasskey(browser, authenticator)
    expect(await isSignedIn(browser)).toBe(true)
  })

  it('B9 survives a restart', async () => {
    await useUpAddress()
    service = await service.restart()
    expect((await signIn(service.browser(FLOODED), 'ada')).statusCode).toBe(429)
  })
})

describe('tries that come at once', () => {
  /** Posts so many unknown names from one address, while every hash waits to be let go. */
  async function flood(address: string, count: number) {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { passwords } = service.deps
    const verify = passwords.verify
    passwords.verify = async (...given) => {
      await gate
      return verify(...given)
    }
    const browser = service.browser(address)
    await browser.get('/login')
    let refused = 0
    const statuses = Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const response = await browser.submit('/login', { username: `flood-${index}`, password: WRONG })
        if (response.statusCode === 429) refused += 1
        return response
      }),
    )
    return { open, statuses, refused: () => refused }
  }

  it('B10 are bounded for each address, and what is refused is one line of information', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    const { open, statuses, refused } = await flood(FLOODED, 100)
    await expect.poll(refused, { timeout: 30_000 }).toBe(68)
    const other = signIn(service.browser('198.51.100.7'), 'ada')
    open()
    const responses = await statuses
    const judged = responses.filter(({ statusCode }) => statusCode === 403)
    const tooMany = responses.filter(({ statusCode }) => statusCode === 429)
    expect([judged.length, tooMany.length]).toEqual([32, 68])
    expect(new Set(tooMany.map(({ headers }) => headers['retry-after']))).toEqual(new Set(['1']))
    expect((await other).statusCode).toBe(303)
    expect(logged('error')).toEqual([])
    const lines = logged('info').filter(({ code }) => code === 'too_many_requests')
    expect(lines).toHaveLength(68)
    expect(new Set(lines.map(({ reqId }) => reqId)).size).toBe(68)
    expect(lines.filter(({ err }) => err !== undefined)).toEqual([])
  })

  it('give their place in the address back, also when they fail or are refused', async () => {
    const { passwords } = service.deps
    const verify = passwords.verify
    for (const failure of [new Refusal('overloaded', 'Too much waits'), new Error('broken')]) {
      passwords.verify = async () => {
        throw failure
      }
      for (let index = 0; index < 40; index += 1) {
        const { statusCode } = await signIn(service.browser('198.51.100.8'), `name-${index}`, WRONG)
        expect(statusCode).toBe(failure instanceof Refusal ? 503 : 500)
      }
    }
    passwords.verify = verify
    expect((await signIn(service.browser('198.51.100.8'), 'nobody', WRONG)).statusCode).toBe(403)
  })

  it('beyond the pool get 503 with Retry-After, and no error with a stack is logged', async () => {
    service.deps.passwords.verify = async () => {
      throw new Refusal('overloaded', 'Too many requests are waiting')
    }
    const response = await signIn(service.browser(), 'ada')
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1'])
    expect(logged('error')).toEqual([])
    expect(logged('info').filter(({ code }) => code !== undefined)).toMatchObject([
      { code: 'overloaded', msg: 'request completed' },
    ])
  })
})
