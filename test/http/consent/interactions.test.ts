import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../../support/app.ts'
import type { TestBrowser } from '../../support/browser.ts'
import { mailedLink, PASSWORD, signIn } from '../../support/people.ts'

const REDIRECT_URI = 'https://app.example.org/callback'
const VERIFIER = 'v'.repeat(64)

let service: TestApp
let ada: string
beforeEach(async () => {
  service = await createTestApp()
  ada = await service.register({
    username: 'ada',
    password: PASSWORD,
    email: 'ada@example.org',
    email_verified: true,
  })
  for (const client_id of ['own', 'foreign']) {
    await service.does('register-client', {
      client_id,
      name: `The ${client_id} app`,
      public: true,
      secret_hash: null,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code'],
      scope: 'openid profile email',
      first_party: client_id === 'own',
    })
  }
  await service.newTypes()
})
afterEach(() => service.close())

/** Sends a browser to the provider as an application does; answers the page it ends on. */
async function begin(browser: TestBrowser, client_id = 'own', more: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile',
    state: 'state-1',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  })
  return browser.follow(await browser.get(`/oidc/authorize?${query}`))
}

/** What the application gets when the browser arrives there. */
function arrival(response: { headers: Record<string, unknown> }): Record<string, string> {
  const location = String(response.headers.location)
  expect(location).toMatch(/^https:\/\/app\.example\.org\/callback\?/)
  return Object.fromEntries(new URL(location).searchParams)
}

const interactionOf = (browser: TestBrowser) =>
  /action="(\/interaction\/[^"/]+)/.exec(browser.page.body)?.[1] ?? ''

describe('an application of our own', () => {
  it('gets its code after a password', async () => {
    const browser = service.browser()
    const page = await begin(browser)
    expect(page.body).toContain('to continue to <strong>The own app</strong>')
    expect(page.headers['content-security-policy']).toContain("form-action 'self' https://app.example.org;")
    const flow = interactionOf(browser).split('/')[2]
    const action = `${interactionOf(browser)}/login`
    const failed = await browser.submit(action, { username: 'ada', password: 'not the one it is' })
    expect(failed.statusCode).toBe(403)
    expect(failed.headers['content-security-policy']).toContain("form-action 'self' https://app.example.org;")
    const done = await browser.follow(await browser.submit(action, { username: 'ada', password: PASSWORD }))
    expect(arrival(done)).toMatchObject({ code: expect.any(String), state: 'state-1', iss: service.issuer })
    const events = await service.newEvents()
    expect(events.map(({ type }) => type)).toContain('SignInSucceeded')
    const signedIn = events.find(({ type }) => type === 'SignInSucceeded')
    expect(signedIn).toMatchObject({ subject: ada, flow })
  })

  it('gets its code after a mailed link, in the browser that asked', async () => {
    const browser = service.browser()
    await begin(browser)
    await browser.submit(`${interactionOf(browser)}/login/link`, { username: 'ada' })
    const { token } = await mailedLink(service)
    expect(service.mails[0]?.text).toContain('The own app by Countersign')
    const page = await browser.get(`/link/${token}`)
    expect(page.headers['content-security-policy']).toContain("form-action 'self' https://app.example.org;")
    const done = await browser.follow(await browser.submit(`/link/${token}`))
    expect(arrival(done).code).toBeDefined()
  })

  it('gets its code after a typed code', async () => {
    const browser = service.browser()
    await begin(browser)
    const sent = await browser.submit(`${interactionOf(browser)}/login/link`, { username: 'ada' })
    await browser.follow(sent)
    const { code } = await mailedLink(service)
    const typed = await browser.submit(`${interactionOf(browser)}/login/code`, { code })
    expect(arrival(await browser.follow(typed)).code).toBeDefined()
  })

  it('shows no page to a person who is signed in', async () => {
    const browser = service.browser()
    await signIn(browser, 'ada')
    expect(arrival(await begin(browser)).code).toBeDefined()
  })

  it('gets a new proof when it asks for one', async () => {
    const browser = service.browser()
    await signIn(browser, 'ada')
    service.advance(1_000)
    const page = await begin(browser, 'own', { prompt: 'login' })
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('id="sign-in"')
    const action = `${interactionOf(browser)}/login`
    const done = await browser.follow(await browser.submit(action, { username: 'ada', password: PASSWORD }))
    expect(arrival(done).code).toBeDefined()
  })

  it('puts the supposed name into the field', async () => {
    const page = await begin(service.browser(), 'own', { login_hint: 'a"da<b>' })
    expect(page.body).toContain('value="a&quot;da&lt;b>"')
  })
})

describe('an application of somebody else', () => {
  const consent = async (browser: TestBrowser) => {
    await signIn(browser, 'ada')
    return begin(browser, 'foreign')
  }

  it('gets its code once the person agrees', async () => {
    const browser = service.browser()
    const page = await consent(browser)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('Allow The foreign app?')
    expect(page.body).toContain('see your name, picture and language')
    expect(page.body).toContain('app.example.org')
    expect(page.body).toMatch(/id="consent-allow"[\s\S]+id="consent-deny"/)
    const action = `${interactionOf(browser)}/consent`
    const done = await browser.follow(await browser.submit(action, { decision: 'allow' }))
    expect(arrival(done).code).toBeDefined()
  })

  it('learns it when the person refuses', async () => {
    const browser = service.browser()
    await consent(browser)
    const action = `${interactionOf(browser)}/consent`
    const done = await browser.follow(await browser.submit(action, { decision: 'deny' }))
    expect(arrival(done)).toMatchObject({ error: 'access_denied', state: 'state-1' })
  })

  it('gets nothing for a decision that another site made the browser post', async () => {
    const browser = service.browser()
    await consent(browser)
    const action = `${interactionOf(browser)}/consent`
    const forged = await browser.submit(action, { decision: 'allow', csrf: '' })
    expect(forged.statusCode).toBe(403)
  })
})

describe('S3 an interaction', () => {
  it('belongs to the browser that began it', async () => {
    const browser = service.browser()
    await begin(browser)
    const path = interactionOf(browser)
    const thief = service.browser()
    const stolen = await thief.get(path)
    expect(stolen.statusCode).toBe(410)
    expect(stolen.body).toContain('This sign-in is over')
    await thief.get('/login')
    const posted = await thief.submit(`${path}/login`, { username: 'ada', password: PASSWORD })
    expect(posted.statusCode).toBe(410)
    expect(await service.newTypes()).not.toContain('SignInSucceeded')
  })

  it('that is over leads on: the back button, a wrong address, a link that came late', async () => {
    const browser = service.browser()
    await begin(browser)
    const path = interactionOf(browser)
    const { page } = browser
    await browser.follow(await browser.submit(`${path}/login`, { username: 'ada', password: PASSWORD }))
    browser.page = page
    for (const url of [path, '/interaction/unknown', `/interaction/${encodeURIComponent('<script>')}`]) {
      const stale = await service.browser().get(url)
      expect(stale.statusCode).toBe(410)
      expect(stale.body).toContain('href="/account"')
      expect(stale.body).not.toContain('<script>')
    }
  })
})
