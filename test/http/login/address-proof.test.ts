import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../../support/app.ts'
import type { TestBrowser } from '../../support/browser.ts'
import {
  isSignedIn,
  mailedLink,
  makeLink,
  makeLinkWithCode,
  OTHER_PASSWORD,
  PASSWORD,
  signIn,
} from '../../support/people.ts'

// What proving an address does to the credentials of the account: every way to prove it, with every kind of
// credential, for every kind of account and browser.

let service: TestApp
beforeAll(async () => {
  service = await createTestApp()
})
afterAll(() => service.close())

let count = 0
let name: string
let userid: string
let email: string
beforeEach(() => {
  count += 1
  name = `person-${count}`
  email = `${name}@example.org`
})

/** A browser at an address that no other test comes from, so that none uses up the budget of another. */
const newBrowser = () => service.browser(`10.1.${count >> 8}.${count & 255}`)

/** How an account got its password, or that it has none. */
const SETTERS = ['owner', 'other', 'nobody'] as const
type Setter = (typeof SETTERS)[number]

async function open(setter: Setter, groups: string[]): Promise<void> {
  if (setter === 'owner') {
    const token = await makeLink(service, 'invitation', { username: name, groups })
    const browser = newBrowser()
    await browser.get(`/invite/${token}`)
    await browser.submit(`/invite/${token}`, { password: PASSWORD })
    userid = service.storage.views.users.byUsername(name)?.userid ?? ''
    await service.does('change-user', { userid, changes: { email } })
  } else {
    const password = setter === 'other' ? { password: PASSWORD } : {}
    userid = await service.register({ username: name, email, groups, ...password })
  }
  await service.settled()
  await service.newTypes()
}

/** Makes nobody else administer, so that who does is the last one. */
async function soleAdministrator(): Promise<void> {
  const { users } = service.storage.views
  for (const other of users.list(0, 1000)) {
    if (other.userid !== userid && other.groups.includes('admin')) {
      await service.does('change-user', { userid: other.userid, changes: { groups: [] } })
    }
  }
}

/** Asks for a mailed sign-in link; answers the browser and what the mail brings. */
async function ask(browser = newBrowser()) {
  await browser.follow(await browser.get('/login'))
  await browser.submit('/login/link', { username: name })
  return { browser, ...(await mailedLink(service)) }
}

async function linkOnlySession(): Promise<TestBrowser> {
  const token = await makeLink(service, 'sign_in', { username: name, userid })
  const browser = newBrowser()
  await browser.get(`/link/${token}`)
  await browser.submit(`/link/${token}`)
  return browser
}

/** What a person sees before the button, and the reply to it. */
interface Use {
  browser: TestBrowser
  page: string
  press: () => Promise<{ statusCode: number; headers: Record<string, unknown>; body: string }>
}

async function useLink(browser: TestBrowser, token: string, code?: string): Promise<Use> {
  const page = (await browser.get(`/link/${token}`)).body
  return { browser, page, press: () => browser.submit(`/link/${token}`, code === undefined ? {} : { code }) }
}

/** Every way to prove an address, to the moment before the button. */
const WAYS: Record<string, () => Promise<Use>> = {
  'the mailed link, where it was asked for': async () => {
    const { browser, token } = await ask()
    return useLink(browser, token)
  },
  'the mailed link, in another browser with its code': async () => {
    const { token, code } = await ask()
    return useLink(newBrowser(), token, code)
  },
  'the mailed link, in a session that a link began': async () => {
    const { browser, token } = await ask(await linkOnlySession())
    return useLink(browser, token)
  },
  'the typed code': async () => {
    const { browser, code } = await ask()
    await browser.get('/login/code')
    const reply = await browser.submit('/login/code', { code })
    // Without anything to say it is used at once.
    if (reply.statusCode === 303) return { browser, page: '', press: async () => reply }
    return { browser, page: reply.body, press: () => browser.submit('/login/code') }
  },
  'the confirmation, in another browser with its code': async () => {
    const { token, code } = await makeLinkWithCode(service, 'email_verification', { username: name, userid })
    return useLink(newBrowser(), token, code)
  },
  'the code on the account page, in a session that a link began': async () => {
    const browser = await linkOnlySession()
    await browser.get('/account')
    await browser.submit('/account/email/verify')
    const { code } = await mailedLink(service)
    const page = (await browser.get('/account')).body
    return { browser, page, press: () => browser.submit('/account/email/code', { code }) }
  },
  'the confirmation, in a session that a link began': async () => {
    const browser = await linkOnlySession()
    await browser.get('/account')
    await browser.submit('/account/email/verify')
    return useLink(browser, (await mailedLink(service)).token)
  },
}

const cases = Object.keys(WAYS).flatMap((way) =>
  SETTERS.flatMap((setter) => [false, true].map((last) => ({ way, setter, last }))),
)

describe.each(cases)('M11 $way; credential set by $setter; last administrator: $last', (one) => {
  it('removes what is not surely the owner’s, says so before, and leaves a way in', async () => {
    const { way, setter, last } = one
    await open(setter, last ? ['admin'] : [])
    if (last) await soleAdministrator()
    const use = await WAYS[way]!()
    const dies = setter === 'other' && !last
    expect(/<li>the password<\/li>/.test(use.page)).toBe(dies)
    const reply = await use.press()
    expect([200, 303]).toContain(reply.statusCode)
    const types = await service.newTypes()
    expect(types.filter((type) => type === 'PasswordRemoved')).toHaveLength(dies ? 1 : 0)
    expect(types).toContain('UserEmailVerified')
    const password = await signIn(newBrowser(), name)
    expect(password.statusCode).toBe(setter === 'nobody' || dies ? 403 : 303)
    if (setter === 'nobody' || dies) await expectFirstCredential()
  })
})

/** A fresh mailed link lets the person set a first password, which then works. */
async function expectFirstCredential(): Promise<void> {
  const { browser, token } = await ask()
  await browser.get(`/link/${token}`)
  const used = await browser.submit(`/link/${token}`)
  expect(used.headers.location).toBe('/account/first?return_to=%2Faccount')
  await browser.follow(used)
  const set = await browser.submit('/account/password', { password: OTHER_PASSWORD })
  expect(set.headers.location).toBe('/account?done=password_set')
  expect((await signIn(newBrowser(), name, OTHER_PASSWORD)).statusCode).toBe(303)
}

describe('M6 a browser that did not ask', () => {
  it.each([
    ['sign_in', 'nothing', {}],
    ['sign_in', 'an empty code', { code: ' ' }],
    ['sign_in', 'a wrong code', { code: '2222-2222' }],
    ['email_verification', 'nothing', {}],
    ['email_verification', 'a wrong code', { code: '2222-2222' }],
  ] as const)('%s: gets no session and destroys nothing with %s', async (purpose, _what, fields) => {
    await open('other', [])
    const owner = newBrowser()
    await signIn(owner, name)
    let token: string
    if (purpose === 'sign_in') token = (await ask()).token
    else {
      await owner.get('/account')
      await owner.submit('/account/email/verify')
      token = (await mailedLink(service)).token
    }
    await service.newTypes()
    const scanner = newBrowser()
    const page = await scanner.get(`/link/${token}`)
    expect(page.body).toContain('name="code"')
    const refused = await scanner.submit(`/link/${token}`, fields)
    expect(refused.statusCode).toBe(403)
    expect(refused.body).toContain('id="code-problem"')
    expect(await service.newTypes()).toEqual([])
    expect(await isSignedIn(scanner)).toBe(false)
    expect(await isSignedIn(owner)).toBe(true)
  })

  it('still needs no code where the owner is signed in with the password', async () => {
    await open('owner', [])
    const { token } = await ask()
    const phone = newBrowser()
    await signIn(phone, name)
    expect((await phone.get(`/link/${token}`)).body).not.toContain('name="code"')
    expect((await phone.submit(`/link/${token}`)).statusCode).toBe(303)
  })
})

describe('M11 what was not said is not removed', () => {
  it('shows the page again when a credential came since it was shown', async () => {
    await open('nobody', [])
    const { browser, token } = await ask()
    await browser.get(`/link/${token}`)
    await service.does('register-passkey', {
      userid,
      credential_id: 'AAAA',
      public_key: 'BBBB',
      device_name: 'Old phone',
    })
    await service.newTypes()
    const again = await browser.submit(`/link/${token}`)
    expect([again.statusCode, again.body.includes('Old phone')]).toEqual([409, true])
    expect(await service.newTypes()).toEqual([])
    expect((await browser.submit(`/link/${token}`)).statusCode).toBe(303)
    expect(await service.newTypes()).toContain('PasskeyRemoved')
  })

  it('removes nothing by a recovery or an invitation, and keeps what they set', async () => {
    await open('other', [])
    const token = await makeLink(service, 'recovery', { username: name, userid })
    const browser = newBrowser()
    await browser.get(`/invite/${token}`)
    await browser.submit(`/invite/${token}`, { password: OTHER_PASSWORD })
    expect(service.storage.views.credentials.passwordOf(userid)?.set_by).toBe('owner')
    const { browser: other, token: link } = await ask()
    await other.get(`/link/${link}`)
    await service.newTypes()
    await other.submit(`/link/${link}`)
    expect(await service.newTypes()).not.toContain('PasswordRemoved')
  })

  it('counts what is set in a session as the owner’s only when no other hands can have begun it', async () => {
    await open('other', [])
    const browser = newBrowser()
    await signIn(browser, name)
    await browser.get('/account')
    await browser.submit('/account/password', { password: OTHER_PASSWORD })
    const setBy = () => service.storage.views.credentials.passwordOf(userid)?.set_by
    expect(setBy()).toBe('other')
    await service.does('change-user', { userid, changes: { email_verified: true } })
    await browser.get('/account')
    await browser.submit('/account/password', { password: PASSWORD })
    expect(setBy()).toBe('owner')
  })
})

describe('M10 the first credential', () => {
  it('wants a link of the last minutes, and is refused once there is one', async () => {
    await open('nobody', [])
    const first = await ask()
    await first.browser.get(`/link/${first.token}`)
    await first.browser.follow(await first.browser.submit(`/link/${first.token}`))
    const second = await ask()
    await second.browser.get(`/link/${second.token}`)
    await second.browser.follow(await second.browser.submit(`/link/${second.token}`))
    await first.browser.submit('/account/password', { password: PASSWORD })
    const late = await second.browser.submit('/account/password', { password: OTHER_PASSWORD })
    expect(late.headers.location).toMatch(/^\/login/)
    expect((await signIn(newBrowser(), name, OTHER_PASSWORD)).statusCode).toBe(403)
    expect((await signIn(newBrowser(), name)).statusCode).toBe(303)
  })

  it('offers a new link when the last one was used too long ago', async () => {
    await open('nobody', [])
    const { browser, token } = await ask()
    await browser.get(`/link/${token}`)
    await browser.submit(`/link/${token}`)
    service.advance(6 * 60_000)
    const page = await browser.get('/account/first')
    expect(page.body).toContain('Mail me a new link')
    const refused = await browser.submit('/account/password', { password: PASSWORD })
    expect(refused.headers.location).toBe('/account/confirm')
    expect((await browser.follow(refused)).body).toContain('Mail me a new link')
    await browser.submit('/login/link')
    const next = await mailedLink(service)
    await browser.get(`/link/${next.token}`)
    expect((await browser.submit(`/link/${next.token}`)).headers.location).toContain('/account/first')
  })
})
