import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { issueClaim } from '../../../src/accounts/issue-operator-link.ts'
import { SoftwareAuthenticator } from '../../authn/software-authenticator.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import {
  isSignedIn,
  joinWithPasskey,
  makeLink,
  OTHER_PASSWORD,
  PASSWORD,
  signIn,
  signInWithPasskey,
} from '../../support/people.ts'

let service: TestApp
beforeEach(async () => {
  service = await createTestApp({ reactions: true })
})
afterEach(() => service.close())

const byName = (username: string) => service.storage.views.users.byUsername(username)

/** Issues a claim as a start does, and answers its token. */
async function claim(): Promise<string> {
  const link = await issueClaim(service.deps)
  return link?.url.split('/invite/')[1] ?? ''
}

describe('the claim of the first administrator', () => {
  it('A1 makes an administrator with a password and signs in', async () => {
    const token = await claim()
    expect(await service.newTypes()).toEqual(['MagicLinkIssued'])
    const browser = service.browser()
    const page = await browser.get(`/invite/${token}`)
    expect(page.body).toContain('Claim this service')
    expect(page.body).not.toContain('readonly')
    const accepted = await browser.submit(`/invite/${token}`, { username: 'grace', password: PASSWORD })
    expect(accepted.headers.location).toBe('/account')
    const events = await service.newEvents()
    expect(events.map(({ type, actor_id }) => [type, actor_id])).toEqual(
      ['MagicLinkUsed', 'UserRegistered', 'PasswordSet', 'SignInSucceeded'].map((type) => [
        type,
        byName('grace')?.userid,
      ]),
    )
    expect(byName('grace')).toMatchObject({ groups: ['admin'], active: true })
    expect((await browser.get('/account')).body).toContain('<dd>admin</dd>')
  })

  it('A1 makes one with a passkey, under the name that was chosen', async () => {
    const token = await claim()
    const authenticator = new SoftwareAuthenticator({ origin: service.issuer })
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    const options = await browser.post(`/invite/${token}/passkey/options`, { username: 'grace' })
    expect(options.json().user).toMatchObject({ name: 'grace' })
    expect(options.json().authenticatorSelection).toMatchObject({
      residentKey: 'required',
      userVerification: 'required',
    })
    const response = authenticator.register(options.json())
    const accepted = await browser.post(`/invite/${token}/passkey`, { username: 'grace', response })
    expect(accepted.json()).toEqual({ location: '/account' })
    expect(byName('grace')).toMatchObject({ groups: ['admin'] })
    expect(await isSignedIn(browser)).toBe(true)
    expect((await signInWithPasskey(service.browser(), authenticator)).statusCode).toBe(200)
  })

  it('A1 of 50 who claim at once, one wins', async () => {
    const token = await claim()
    const browsers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const browser = service.browser()
        await browser.get(`/invite/${token}`)
        return browser
      }),
    )
    const replies = await Promise.all(
      browsers.map((browser, index) =>
        browser.submit(`/invite/${token}`, { username: `claimer-${index}`, password: PASSWORD }),
      ),
    )
    const statuses = replies.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.every((status) => [303, 409, 410].includes(status))).toBe(true)
    expect(service.storage.views.users.countActiveInGroup('admin')).toBe(1)
  })

  it('is offered only while nobody administers, replaces the one before, and ends after half an hour', async () => {
    const first = await claim()
    const second = await claim()
    expect((await service.browser().get(`/invite/${first}`)).statusCode).toBe(404)
    const browser = service.browser()
    await browser.get(`/invite/${second}`)
    service.advance(30 * 60_000)
    expect(
      (await browser.submit(`/invite/${second}`, { username: 'g', password: PASSWORD })).statusCode,
    ).toBe(410)
  })

  it('is worth nothing once somebody administers', async () => {
    const token = await claim()
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    await service.register({ username: 'root', password: PASSWORD, groups: ['admin'] })
    const refused = await browser.submit(`/invite/${token}`, { username: 'grace', password: PASSWORD })
    expect(refused.statusCode).toBe(409)
    expect(refused.body).toContain('There is an administrator already')
    expect(byName('grace')).toBeNull()
  })

  it('says what is wrong with a name, and keeps the link', async () => {
    await service.register({ username: 'taken' })
    const token = await claim()
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    const taken = await browser.submit(`/invite/${token}`, { username: 'Taken', password: PASSWORD })
    expect([taken.statusCode, taken.body.includes('already taken')]).toEqual([409, true])
    for (const username of ['', 'two words', 'x'.repeat(129)]) {
      const refused = await browser.submit(`/invite/${token}`, { username, password: PASSWORD })
      expect(refused.statusCode).toBe(400)
      expect(refused.body).toContain('A user name has no spaces')
    }
    const accepted = await browser.submit(`/invite/${token}`, { username: 'grace', password: PASSWORD })
    expect(accepted.statusCode).toBe(303)
  })
})

describe('an invitation', () => {
  it('gives its groups and its name, whatever is typed', async () => {
    const token = await makeLink(service, 'invitation', { username: 'bob', groups: ['staff'] })
    const browser = service.browser()
    const page = await browser.get(`/invite/${token}`)
    expect(page.body).toContain('readonly')
    await browser.submit(`/invite/${token}`, { username: 'root', password: PASSWORD, groups: 'admin' })
    expect(byName('bob')).toMatchObject({ groups: ['staff'] })
    expect(byName('root')).toBeNull()
    expect(await isSignedIn(browser)).toBe(true)
    expect((await browser.get(`/invite/${token}`)).statusCode).toBe(410)
  })

  it('M2 M3 is not used by looking at it, and needs the token of the page', async () => {
    const token = await makeLink(service, 'invitation', { username: 'bob' })
    await service.newTypes()
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    await service.app.inject({ method: 'HEAD', url: `/invite/${token}` })
    const refused = await browser.submit(`/invite/${token}`, { password: PASSWORD, csrf: 'x' })
    expect(refused.statusCode).toBe(403)
    expect(await service.newTypes()).toEqual([])
  })

  it('M4 of 50 parallel uses one wins', async () => {
    const token = await makeLink(service, 'invitation', { username: 'bob' })
    const browsers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const browser = service.browser()
        await browser.get(`/invite/${token}`)
        return browser
      }),
    )
    await service.newTypes()
    const replies = await Promise.all(
      browsers.map((browser) => browser.submit(`/invite/${token}`, { password: PASSWORD })),
    )
    expect(replies.filter(({ statusCode }) => statusCode === 303)).toHaveLength(1)
    expect(await service.newTypes()).toEqual([
      'MagicLinkUsed',
      'UserRegistered',
      'PasswordSet',
      'SignInSucceeded',
    ])
  })

  it('that was withdrawn does not work', async () => {
    const token = await makeLink(service, 'invitation', { username: 'bob' })
    const [issued] = await service.newEvents()
    if (issued?.type !== 'MagicLinkIssued' || issued.erased) throw new Error('No link')
    await service.does('revoke-magic-link', { link_id: issued.data.link_id })
    const page = await service.browser().get(`/invite/${token}`)
    expect(page.statusCode).toBe(404)
    expect(page.body).toContain('This link does not work')
  })
})

describe('a recovery', () => {
  it('gives a new password, ends everything else, and tells the owner', async () => {
    const ada = await service.register({ username: 'ada', password: PASSWORD, email: 'ada@example.org' })
    const thief = service.browser()
    await signIn(thief, 'ada')
    const token = await makeLink(service, 'recovery', { username: 'ada', userid: ada })
    await service.newTypes()
    service.mails.length = 0
    const browser = service.browser()
    expect((await browser.get(`/invite/${token}`)).body).toContain('Recover your account')
    await browser.submit(`/invite/${token}`, { password: OTHER_PASSWORD })
    expect(await service.newTypes()).toEqual([
      'MagicLinkUsed',
      'PasswordSet',
      'SessionEnded',
      'SignInSucceeded',
    ])
    expect([await isSignedIn(browser), await isSignedIn(thief)]).toEqual([true, false])
    expect(service.mails.map(({ subject }) => subject)).toEqual([
      'Your account was recovered with a new way to sign in',
    ])
  })

  it('gives a new passkey, of the same person', async () => {
    const { userid, authenticator } = await joinWithPasskey(service, 'ada')
    const token = await makeLink(service, 'recovery', { username: 'ada', userid })
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    const options = (await browser.post(`/invite/${token}/passkey/options`, {})).json()
    expect(options.user.id).toBe(service.storage.views.users.webauthnUserId(userid))
    expect(options.excludeCredentials.map(({ id }: { id: string }) => id)).toEqual([
      authenticator.credentials[0]?.id,
    ])
    const device = new SoftwareAuthenticator({ origin: service.issuer })
    const response = device.register(options)
    expect((await browser.post(`/invite/${token}/passkey`, { response })).statusCode).toBe(200)
    expect((await signInWithPasskey(service.browser(), device)).statusCode).toBe(200)
  })
})
