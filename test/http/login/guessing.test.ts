import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_COST } from '../../../src/authn/password-service.ts'
import { addressBucket } from '../../../src/http/guards/address-bucket.ts'
import { isoTime, systemClock } from '../../../src/kernel/clock.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import {
  isSignedIn,
  joinWithPasskey,
  mailedLink,
  PASSWORD,
  signIn,
  signInWithPasskey,
} from '../../support/people.ts'
import { appearance } from '../../support/same.ts'

const WRONG = 'some other words altogether'

let service: TestApp
beforeEach(async () => {
  service = await createTestApp()
})
afterEach(() => service.close())

/** A browser of its own address that shows the sign-in page. */
async function openLogin(_name: string, index: number) {
  const browser = service.browser(`198.51.100.${index}`)
  await browser.get('/login')
  return browser
}

/** Fails `count` times for a name, each time from another address. */
async function fail(username: string, count: number, submit = WRONG) {
  const outcomes: number[] = []
  for (let index = 0; index < count; index += 1) {
    const response = await signIn(service.browser(`198.51.${index}.7`), username, submit)
    outcomes.push(response.statusCode)
  }
  return outcomes
}

describe('B1 whatever is wrong looks the Same', () => {
  it('unknown, wrong, disabled, throttled and passkey-only names at the password form', async () => {
    // All names are of one length, because the page repeats them.
    await service.register({ username: 'wrong-pw', password: PASSWORD })
    const disabled = await service.register({ username: 'disabled', password: PASSWORD })
    await service.does('change-user', { userid: disabled, changes: { active: false } })
    await joinWithPasskey(service, 'only-key')
    await service.register({ username: 'throttle', password: PASSWORD })
    await fail('throttle', 10)

    const seen = []
    for (const [username, password] of [
      ['unknown1', PASSWORD],
      ['wrong-pw', WRONG],
      ['disabled', PASSWORD],
      ['throttle', PASSWORD],
      ['only-key', PASSWORD],
    ] as const) {
      const response = await signIn(service.browser('203.0.113.9'), username, password)
      seen.push(appearance(response, username))
    }
    expect(seen[0]?.status).toBe(403)
    for (const other of seen) expect(other).toEqual(seen[0])
  })

  it('known and unknown names at the request for a link, and at the code', async () => {
    await service.register({ username: 'known-11', email: 'known@example.org' })
    const pages = []
    for (const username of ['known-11', 'unknown1']) {
      const browser = service.browser()
      await browser.get('/login')
      const asked = await browser.submit('/login/link', { username })
      const sent = await browser.follow(asked)
      const failed = await browser.submit('/login/code', { code: 'AAAA-AAAA' })
      pages.push([asked, sent, failed].map((response) => appearance(response, username)))
    }
    expect(pages[0]?.map(({ status }) => status)).toEqual([303, 200, 403])
    expect(pages[1]).toEqual(pages[0])
    await service.settled()
    expect(service.mails.map(({ to }) => to)).toEqual(['known@example.org'])
  })

  it('and takes the Same time, at the real cost of a password', async () => {
    await service.close()
    service = await createTestApp({ passwordCost: DEFAULT_COST })
    await service.register({ username: 'wrong-pw', password: PASSWORD })
    await joinWithPasskey(service, 'only-key')
    const names = ['unknown1', 'wrong-pw', 'only-key']
    const browsers = await Promise.all(names.map(openLogin))
    const times = names.map((): number[] => [])
    // In turns, so that whatever else the machine does slows all of them alike.
    for (let round = 0; round < 9; round += 1) {
      for (const [index, browser] of browsers.entries()) {
        const begun = performance.now()
        await browser.submit('/login', { username: names[index] ?? '', password: WRONG })
        times[index]?.push(performance.now() - begun)
      }
    }
    const medians = times.map((list) => list.sort((a, b) => a - b)[4] ?? 0)
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(2)
  })

  it('a real hash is computed for every one of them', async () => {
    await service.register({ username: 'wrong-pw', password: PASSWORD })
    const judged: boolean[] = []
    const { passwords } = service.deps
    const verify = passwords.verify.bind(passwords)
    passwords.verify = async (password, stored) => {
      const verdict = await verify(password, stored)
      judged.push(verdict.ok)
      return verdict
    }
    await fail('unknown1', 2)
    await fail('wrong-pw', 12)
    expect(judged).toEqual(Array(14).fill(false))
  })
})

describe('B3 one budget per account', () => {
  it('over every spelling of the name and every way in', async () => {
    await service.register({
      username: 'ada',
      password: PASSWORD,
      email: 'ada@example.org',
      email_verified: true,
    })
    const asking = service.browser('192.0.2.1')
    await asking.get('/login')
    await asking.submit('/login/link', { username: 'ada' })
    await asking.get('/login/code')
    for (const code of ['AAAA-AAAA', 'BBBB-BBBB', 'CCCC-CCCC']) await asking.submit('/login/code', { code })
    await fail('ada', 3)
    await fail('ADA', 2)
    await fail('ada@example.org', 2)
    expect((await signIn(service.browser('192.0.2.2'), 'ada')).statusCode).toBe(403)
    // The code of the mail is right, and of no use either.
    const { code } = await mailedLink(service)
    expect((await asking.submit('/login/code', { code })).statusCode).toBe(403)
  })

  it('B8 a success elsewhere resets nothing', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    await service.register({ username: 'bob', password: PASSWORD })
    await fail('ada', 9)
    expect((await signIn(service.browser(), 'bob')).statusCode).toBe(303)
    expect((await signIn(service.browser(), 'ada')).statusCode).toBe(303)
    expect(await fail('ada', 1)).toEqual([403])
    expect((await signIn(service.browser('192.0.2.3'), 'ada')).statusCode).toBe(403)
  })

  it('ends after a quarter of an hour, and is recorded once', async () => {
    const userid = await service.register({ username: 'ada', password: PASSWORD })
    await service.newTypes()
    service.advance(0)
    const ends = isoTime(systemClock() + 15 * 60_000)
    await fail('ada', 3)
    service.advance(5_000)
    await fail('ada', 10)
    await fail('nobody', 13)
    const events = await service.newEvents()
    expect(events.map(({ type, subject, data }) => ({ type, subject, data }))).toEqual([
      {
        type: 'SignInFailuresCounted',
        subject: userid,
        data: { userid, failures: 5, window_seconds: 900 },
      },
      {
        type: 'SignInThrottled',
        subject: userid,
        data: { userid, until: ends, reason: 'too many failed attempts' },
      },
    ])
    service.advance(15 * 60_000)
    expect((await signIn(service.browser(), 'ada')).statusCode).toBe(303)
  })
})

describe('B5 one budget per address', () => {
  it('counts an IPv6 network as one', () => {
    const bucket = addressBucket('2001:db8:1:2:3:4:5:6')
    expect(bucket).toBe('2001:db8:1:2::/64')
    expect(addressBucket('2001:DB8:1:2::1')).toBe(bucket)
    expect(addressBucket('2001:0db8:0001:0002:ffff::')).toBe(bucket)
    expect(addressBucket('2001:db8:1:3::1')).not.toBe(bucket)
    expect(addressBucket('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
    expect(addressBucket('::1')).toBe('0:0:0:0::/64')
    expect(addressBucket('::ffff:192.0.2.7')).toBe('192.0.2.7')
    expect(addressBucket('192.0.2.7')).toBe('192.0.2.7')
  })

  it('stops an address that tries many accounts, and no other', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    for (let index = 0; index < 100; index += 1) {
      await signIn(service.browser(`2001:db8:1:2::${index + 1}`), `guess-${index}`, WRONG)
    }
    expect((await signIn(service.browser('2001:db8:1:2:aaaa::1'), 'ada')).statusCode).toBe(429)
    expect((await signIn(service.browser('2001:db8:1:3::1'), 'ada')).statusCode).toBe(303)
  })

  it('believes no forwarded header unless a trusted proxy brings it', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    for (let index = 0; index < 100; index += 1) {
      const browser = service.browser('203.0.113.9')
      await browser.get('/login')
      const headers = { 'x-forwarded-for': `198.51.100.${index}` }
      await browser.submit('/login', { username: `guess-${index}`, password: WRONG }, { headers })
    }
    expect((await signIn(service.browser('203.0.113.9'), 'ada')).statusCode).toBe(429)

    const proxied = await createTestApp({ environment: { OIDC_OP_TRUST_PROXY: '203.0.113.9' } })
    await proxied.register({ username: 'ada', password: PASSWORD })
    const browser = proxied.browser('203.0.113.9')
    await browser.get('/login')
    const headers = { 'x-forwarded-for': '198.51.100.4' }
    await browser.submit('/login', { username: 'ada', password: PASSWORD }, { headers })
    const [session] = proxied.storage.views.sessions.ofUser(
      proxied.storage.views.users.byUsername('ada')?.userid ?? '',
    )
    expect(session?.address).toBe('198.51.100.4')
    await proxied.close()
  })
})

it('B6 guesses that come at once are counted one by one', async () => {
  await service.register({ username: 'ada', password: PASSWORD })
  const browsers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const browser = service.browser(`198.51.${index}.7`)
      await browser.get('/login')
      return browser
    }),
  )
  let judged = 0
  const { passwords } = service.deps
  const verify = passwords.verify.bind(passwords)
  passwords.verify = (password, stored) => {
    if (stored !== null) judged += 1
    return verify(password, stored)
  }
  const responses = await Promise.all(
    browsers.map((browser) => browser.submit('/login', { username: 'ada', password: WRONG })),
  )
  expect(new Set(responses.map(({ statusCode }) => statusCode))).toEqual(new Set([403]))
  expect(judged).toBe(10)
})

describe('B7 the owner is not locked out', () => {
  it('by a passkey', async () => {
    const { authenticator } = await joinWithPasskey(service, 'ada')
    await fail('ada', 12)
    const response = await signInWithPasskey(service.browser(), authenticator)
    expect(response.json()).toEqual({ location: '/account' })
  })

  it('in a browser that was signed in before, the last administrator least of all', async () => {
    await service.register({ username: 'root', password: PASSWORD, groups: ['admin'] })
    const own = service.browser()
    await signIn(own, 'root')
    await own.get('/account')
    await own.submit('/logout')
    expect(await isSignedIn(own)).toBe(false)
    await fail('root', 12)
    expect((await signIn(service.browser(), 'root')).statusCode).toBe(403)
    expect((await signIn(own, 'root')).statusCode).toBe(303)
  })

  it('but that browser guesses no more often than others', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    const own = service.browser()
    await signIn(own, 'ada')
    await own.get('/account')
    await own.submit('/logout')
    for (let index = 0; index < 10; index += 1) await signIn(own, 'ada', WRONG)
    expect((await signIn(own, 'ada')).statusCode).toBe(403)
    expect((await signIn(service.browser(), 'ada')).statusCode).toBe(303)
  })
})

it('B9 survives a restart', async () => {
  await service.register({ username: 'ada', password: PASSWORD })
  await fail('ada', 10)
  service = await service.restart()
  expect((await signIn(service.browser('192.0.2.8'), 'ada')).statusCode).toBe(403)
})

describe('B11 mails are budgeted', () => {
  const ask = async (username: string, address: string) => {
    const browser = service.browser(address)
    await browser.get('/login')
    return browser.submit('/login/link', { username })
  }

  it('per recipient, for all callers together', async () => {
    await service.register({ username: 'ada', email: 'ada@example.org' })
    for (let index = 0; index < 7; index += 1) {
      expect((await ask('ada', `198.51.${index}.7`)).headers.location).toBe('/login/code')
    }
    await service.settled()
    expect(service.mails).toHaveLength(5)
    service.advance(60 * 60_000)
    await ask('ada', '198.51.100.1')
    await service.settled()
    expect(service.mails).toHaveLength(6)
  })

  it('per address, unknown recipients alike', async () => {
    await service.register({ username: 'ada', email: 'ada@example.org' })
    for (let index = 0; index < 20; index += 1) await ask(`unknown-${index}`, '203.0.113.9')
    await service.settled()
    expect((await ask('ada', '203.0.113.9')).headers.location).toBe('/login/code')
    await service.settled()
    expect(service.mails).toEqual([])
    await ask('ada', '203.0.113.10')
    await service.settled()
    expect(service.mails).toHaveLength(1)
  })
})
