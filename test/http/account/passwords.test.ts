import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PasswordService } from '../../../src/authn/password-service.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import { FAST_COST } from '../../authn/fast-cost.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { isSignedIn, makeLink, OTHER_PASSWORD, PASSWORD, signIn } from '../../support/people.ts'

let service: TestApp
beforeEach(async () => {
  service = await createTestApp({ reactions: true })
})
afterEach(() => service.close())

/** Accepts a fresh invitation with a password. */
async function invite(password: string, username = 'ada') {
  const token = await makeLink(service, 'invitation', { username })
  const browser = service.browser()
  await browser.get(`/invite/${token}`)
  return browser.submit(`/invite/${token}`, { username, password })
}

describe('choosing a password', () => {
  it.each([
    ['fourteen chars', 'at least 15 characters'],
    ['short', 'at least 15 characters'],
    [`x${'ab12 '.repeat(26)}`, 'at most 128 characters'],
    ['Password1234Password!', 'first that a guesser tries'],
    ['my countersign sentence', 'name of this service'],
    ['lovelace went to the sea', 'user name'],
  ])('P1 P3 refuses %j and says why', async (password, reason) => {
    const response = await invite(password, 'lovelace')
    expect(response.statusCode).toBe(400)
    expect(response.body).toContain(reason)
    expect(response.body).not.toContain(password)
    expect(await service.newTypes()).toEqual(['MagicLinkIssued'])
  })

  it('P1 takes a shorter one where the administrator says so', async () => {
    await service.close()
    service = await createTestApp({ environment: { OIDC_OP_PASSWORD_MIN_LENGTH: '8' } })
    expect((await invite('7 brick')).body).toContain('at least 8 characters')
    expect((await invite('8 bricks')).statusCode).toBe(303)
  })

  it('P2 takes letters only, and one spelling for all ways of typing it', async () => {
    const composed = 'a caf\u00e9 without any rule'
    expect((await invite(composed)).statusCode).toBe(303)
    expect((await signIn(service.browser(), 'ada', 'a cafe\u0301 without any rule')).statusCode).toBe(303)
    expect((await signIn(service.browser(), 'ada', 'a cafe without any rule')).statusCode).toBe(403)
  })

  it('P2 cuts nothing off', async () => {
    const long = `${'seven bridges '.repeat(9)}xy`
    expect(long).toHaveLength(128)
    expect((await invite(long)).statusCode).toBe(303)
    expect((await signIn(service.browser(), 'ada', long.slice(0, -1))).statusCode).toBe(403)
    expect((await signIn(service.browser(), 'ada', long)).statusCode).toBe(303)
  })

  it('P1 an over-long one is refused before anything is hashed', async () => {
    let hashed = 0
    service.deps.passwords.hash = async () => {
      hashed += 1
      return ''
    }
    expect((await invite('lantern '.repeat(5000))).statusCode).toBe(400)
    expect(hashed).toBe(0)
  })
})

describe('P4 changing a password', () => {
  it('takes the old one as the proof, ends the other sessions, and tells the owner', async () => {
    const userid = await service.register({ username: 'ada', password: PASSWORD, email: 'ada@example.org' })
    const [here, elsewhere] = [service.browser(), service.browser()]
    await signIn(here, 'ada')
    await signIn(elsewhere, 'ada')
    service.advance(6 * 60_000)
    await here.get('/account')
    await service.newTypes()
    service.mails.length = 0
    const before = new Map(here.cookies)

    const changed = await here.submit('/account/password', {
      current_password: PASSWORD,
      password: OTHER_PASSWORD,
    })
    expect(changed.headers.location).toBe('/account?done=password_set')
    const events = await service.newEvents()
    expect(events.map(({ type, actor_kind, actor_id }) => [type, actor_kind, actor_id])).toEqual([
      ['PasswordSet', 'user', userid],
      ['SessionEnded', 'user', userid],
      ['SignInSucceeded', 'user', userid],
    ])
    expect(await isSignedIn(here)).toBe(true)
    expect(here.cookies.get('countersign')).not.toBe(before.get('countersign'))
    expect(await isSignedIn(elsewhere)).toBe(false)
    expect(service.mails.map(({ to, subject }) => ({ to, subject }))).toEqual([
      { to: 'ada@example.org', subject: 'The password of your account was changed' },
    ])
    expect((await signIn(service.browser(), 'ada', PASSWORD)).statusCode).toBe(403)
    expect((await signIn(service.browser(), 'ada', OTHER_PASSWORD)).statusCode).toBe(303)
  })

  it.each([
    ['another', OTHER_PASSWORD],
    ['one letter less', PASSWORD.slice(0, -1)],
    ['a space', ' '],
    ['a number', 7],
    ['a list', [PASSWORD]],
    ['nothing at all', null],
  ])('P4 refuses a wrong old one right after the sign-in too: %s', async (_what, current_password) => {
    await service.register({ username: 'ada', password: PASSWORD })
    const browser = service.browser()
    await signIn(browser, 'ada')
    await browser.get('/account')
    await service.newTypes()
    const body = { current_password, password: OTHER_PASSWORD }
    expect((await browser.post('/account/password', body)).statusCode).toBe(400)
    expect(await service.newTypes()).toEqual([])
    const right = { current_password: PASSWORD, password: OTHER_PASSWORD }
    expect((await browser.post('/account/password', right)).headers.location).toBe(
      '/account?done=password_set',
    )
  })

  it('refuses a wrong old one, and a stale session without it', async () => {
    await service.register({ username: 'ada', password: PASSWORD })
    const browser = service.browser()
    await signIn(browser, 'ada')
    service.advance(6 * 60_000)
    await browser.get('/account')
    await service.newTypes()
    for (const current_password of ['', OTHER_PASSWORD]) {
      const refused = await browser.submit('/account/password', {
        current_password,
        password: OTHER_PASSWORD,
      })
      expect(refused.statusCode).toBe(400)
      expect(refused.body).toContain('The current password is not right.')
    }
    expect(await service.newTypes()).toEqual([])
  })
})

it('P5 a password is hashed again at sign-in when the cost has changed, and the old hash counts no more', async () => {
  const userid = await service.register({ username: 'ada' })
  const cheap = await PasswordService.start({
    random: systemRandom,
    concurrency: 1,
    cost: { ...FAST_COST, iterations: 3 },
  })
  const old = await cheap.hash(PASSWORD)
  await service.does('set-password', { userid, password_hash: old })
  await service.newTypes()
  expect((await signIn(service.browser(), 'ada')).statusCode).toBe(303)
  expect(await service.newTypes()).toEqual(['SignInSucceeded', 'PasswordRehashed'])
  const stored = service.storage.views.credentials.passwordOf(userid)?.password_hash ?? ''
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
  expect((await signIn(service.browser(), 'ada')).statusCode).toBe(303)
  expect(await service.newTypes()).toEqual(['SignInSucceeded'])
})
