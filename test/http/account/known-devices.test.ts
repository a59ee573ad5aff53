import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { knownDevices } from '../../../src/http/guards/known-devices.ts'
import { SoftwareAuthenticator } from '../../authn/software-authenticator.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import type { TestBrowser } from '../../support/browser.ts'
import { makeLink, OTHER_PASSWORD, PASSWORD, signIn } from '../../support/people.ts'

let service: TestApp
let ada: string
beforeEach(async () => {
  service = await createTestApp()
  ada = await service.register({ username: 'ada', password: PASSWORD })
})
afterEach(() => service.close())

const isKnown = (browser: TestBrowser) =>
  knownDevices(service.deps).isKnown(browser.cookies.get('countersign-browser') ?? null, ada)

async function signedIn() {
  const browser = service.browser()
  await signIn(browser, 'ada')
  await browser.get('/account')
  return browser
}

async function addPasskey(browser: TestBrowser) {
  const authenticator = new SoftwareAuthenticator({ origin: new URL(service.issuer).origin })
  const options = await browser.post('/account/passkeys/options', {})
  const response = authenticator.register(options.json())
  const added = await browser.post('/account/passkeys', { response })
  await browser.get('/account')
  return added.json().credential_id as string
}

async function recover(choose: (browser: TestBrowser, token: string) => Promise<{ statusCode: number }>) {
  const token = await makeLink(service, 'recovery', { username: 'ada', userid: ada })
  const browser = service.browser()
  await browser.get(`/invite/${token}`)
  expect((await choose(browser, token)).statusCode).toBeLessThan(400)
  return browser
}

/** Each change of the ways in; answers the browser in which it was made, if one was. */
const CHANGES: Record<string, (here: TestBrowser) => Promise<TestBrowser | null>> = {
  'a new password on the account page': async (here) => {
    const answer = await here.submit('/account/password', { password: OTHER_PASSWORD })
    expect(answer.statusCode).toBe(303)
    return here
  },
  'a new password that an administrator set': async () => {
    await service.does('set-password', {
      userid: ada,
      password_hash: await service.deps.passwords.hash(OTHER_PASSWORD),
      end_sessions: false,
    })
    return null
  },
  'a recovery with a password': () =>
    recover((browser, token) =>
      browser.submit(`/invite/${token}`, { username: 'ada', password: OTHER_PASSWORD }),
    ),
  'a recovery with a passkey': () =>
    recover(async (browser, token) => {
      const authenticator = new SoftwareAuthenticator({ origin: new URL(service.issuer).origin })
      const options = await browser.post(`/invite/${token}/passkey/options`, { username: 'ada' })
      const response = authenticator.register(options.json())
      return browser.post(`/invite/${token}/passkey`, { username: 'ada', response })
    }),
  'a passkey that was added': async (here) => {
    await addPasskey(here)
    return here
  },
  'a passkey that was removed': async (here) => {
    const id = await addPasskey(here)
    await here.submit(`/account/passkeys/${id}/remove`)
    return here
  },
  'a password that was removed': async (here) => {
    await addPasskey(here)
    expect((await here.submit('/account/password/remove')).statusCode).toBe(303)
    return here
  },
}

describe('B7 the mark of a known device', () => {
  it.each(Object.keys(CHANGES))('dies elsewhere with %s', async (what) => {
    const elsewhere = await signedIn()
    const here = await signedIn()
    expect(await isKnown(elsewhere)).toBe(true)
    const where = await CHANGES[what]!(here)
    expect(await isKnown(elsewhere)).toBe(false)
    if (where) expect(await isKnown(where)).toBe(true)
  })

  it('outlives a password that is only hashed again, and a sign-in by mail', async () => {
    const browser = await signedIn()
    const previous_hash = service.storage.views.credentials.passwordOf(ada)?.password_hash ?? ''
    const password_hash = await service.deps.passwords.hash(PASSWORD)
    await service.does('rehash-password', { userid: ada, previous_hash, password_hash })
    expect(await isKnown(browser)).toBe(true)
  })
})
