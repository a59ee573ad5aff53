import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localPath } from '../../../src/http/request/local-path.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { isSignedIn, joinWithPasskey, PASSWORD, signIn } from '../../support/people.ts'

let service: TestApp
let ada: string
beforeEach(async () => {
  service = await createTestApp()
  ada = await service.register({ username: 'ada', password: PASSWORD })
  await service.newTypes()
})
afterEach(() => service.close())

const sessionCookie = (browser: { cookies: Map<string, string> }) => browser.cookies.get('countersign')

/** A browser that is signed in and shows the account page. */
async function signedIn(username = 'ada') {
  const browser = service.browser()
  await signIn(browser, username)
  await browser.get('/account')
  return browser
}

describe('S1 the id of a session', () => {
  it('is new at sign-in, whatever the browser brought', async () => {
    const planted = 'P'.repeat(43)
    const browser = service.browser()
    browser.cookies.set('countersign', planted)
    await signIn(browser, 'ada')
    expect(sessionCookie(browser)).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(sessionCookie(browser)).not.toBe(planted)
    const attacker = service.browser()
    attacker.cookies.set('countersign', planted)
    expect(await isSignedIn(attacker)).toBe(false)
  })

  it('is new at step-up, and the session goes on under it', async () => {
    const browser = await signedIn()
    const old = sessionCookie(browser) ?? ''
    const [session] = service.storage.views.sessions.ofUser(ada)
    await browser.get('/account/confirm')
    await browser.submit('/account/confirm', { password: PASSWORD })
    expect(sessionCookie(browser)).not.toBe(old)
    expect(await isSignedIn(browser)).toBe(true)
    expect(service.storage.views.sessions.ofUser(ada).map(({ session_id }) => session_id)).toEqual([
      session?.session_id,
    ])
    const thief = service.browser()
    thief.cookies.set('countersign', old)
    expect(await isSignedIn(thief)).toBe(false)
  })

  it('tells of the last proof only: what was proven before is not as recent', async () => {
    const { browser } = await joinWithPasskey(service, 'joan')
    const amr = async () => {
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      return (await service.deps.sessions.ofCookies(cookie))?.amr
    }
    expect(await amr()).toEqual(['passkey'])
    await browser.get('/account')
    await browser.submit('/account/password', { password: PASSWORD })
    expect(await amr()).toEqual(['pwd'])
  })

  it('is gone at sign-out, and the old one is dead', async () => {
    const browser = await signedIn()
    const old = sessionCookie(browser) ?? ''
    await service.newTypes()
    const out = await browser.submit('/logout')
    expect(out.headers.location).toBe('/login')
    expect(sessionCookie(browser)).toBeUndefined()
    expect(await service.newTypes()).toEqual(['SessionEnded'])
    const thief = service.browser()
    thief.cookies.set('countersign', old)
    expect(await isSignedIn(thief)).toBe(false)
  })

  it('is kept for nobody else: the session of another person in the same browser ends', async () => {
    await service.register({ username: 'bob', password: PASSWORD })
    const browser = await signedIn()
    const { page } = browser
    await service.newTypes()
    browser.page = page
    // The sign-in page redirects a person who is signed in; the form is posted as another window would.
    const response = await browser.submit('/login', { username: 'bob', password: PASSWORD })
    expect(response.statusCode).toBe(303)
    expect(await service.newTypes()).toEqual(['SessionEnded', 'SignInSucceeded'])
    expect(service.storage.views.sessions.ofUser(ada)).toEqual([])
    expect((await browser.get('/account')).body).toContain('<dd>bob</dd>')
  })
})

describe('S2 the cookies', () => {
  it('are HttpOnly and Lax, and have the prefix and Secure on https', async () => {
    const https = await createTestApp({ issuer: 'https://id.example.org' })
    await https.register({ username: 'ada', password: PASSWORD })
    const browser = https.browser()
    const page = await browser.get('/login')
    const response = await browser.submit('/login', { username: 'ada', password: PASSWORD })
    const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure: true }
    expect(page.cookies).toMatchObject([{ name: '__Host-countersign-browser', ...attributes }])
    expect(response.cookies).toMatchObject([{ name: '__Host-countersign', ...attributes }])
    for (const cookie of [...page.cookies, ...response.cookies]) expect(cookie.domain).toBeUndefined()
    expect(response.headers['strict-transport-security']).toContain('max-age=')
    await https.close()
  })

  it('are stored hashed: the files open no session', async () => {
    const browser = await signedIn()
    const found = await service.storage.documents.find('session', sessionCookie(browser) ?? '')
    expect(found).not.toBeNull()
    expect(JSON.stringify(found)).not.toContain(sessionCookie(browser))
  })
})

describe('S4 a session ends', () => {
  it('two hours after it was last used', async () => {
    const browser = await signedIn()
    for (let hour = 0; hour < 3; hour += 1) {
      service.advance(60 * 60_000)
      expect(await isSignedIn(browser)).toBe(true)
    }
    service.advance(2 * 60 * 60_000)
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('twelve hours after the proof, however much it is used', async () => {
    const browser = await signedIn()
    for (let hour = 0; hour < 11; hour += 1) {
      service.advance(60 * 60_000)
      expect(await isSignedIn(browser)).toBe(true)
    }
    service.advance(60 * 60_000)
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('and the sign-in page leads back to where one was', async () => {
    const browser = service.browser()
    const sent = await browser.get('/account?done=x')
    expect(sent.headers.location).toBe('/login?return_to=%2Faccount%3Fdone%3Dx')
    await browser.follow(sent)
    const back = await browser.submit('/login', { username: 'ada', password: PASSWORD })
    expect(back.headers.location).toBe('/account?done=x')
  })
})

it('S6 a deactivated or erased person is dead at once', async () => {
  const bob = await service.register({ username: 'bob', password: PASSWORD })
  const [adas, bobs] = [await signedIn('ada'), await signedIn('bob')]
  await service.does('change-user', { userid: ada, changes: { active: false } })
  await service.does('erase-user', { userid: bob })
  expect([await isSignedIn(adas), await isSignedIn(bobs)]).toEqual([false, false])
  await service.does('change-user', { userid: ada, changes: { active: true } })
  expect(await isSignedIn(adas)).toBe(false)
})

describe('S7 people list and end their sessions', () => {
  it('one', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    const page = await here.get('/account')
    expect(page.body.match(/This browser/g)).toHaveLength(1)
    const action = /action="(\/account\/sessions\/[^"]+\/end)"/.exec(page.body)?.[1] ?? ''
    await service.newTypes()
    expect((await here.submit(action)).headers.location).toBe('/account?done=session_ended')
    expect(await service.newTypes()).toEqual(['SessionEnded'])
    expect([await isSignedIn(here), await isSignedIn(there)]).toEqual([true, false])
  })

  it('or all others', async () => {
    const browsers = [await signedIn(), await signedIn(), await signedIn()]
    await browsers[0]?.get('/account')
    await browsers[0]?.submit('/account/sessions/end-others')
    expect(await Promise.all(browsers.map(isSignedIn))).toEqual([true, false, false])
  })

  it('but nobody else’s', async () => {
    await service.register({ username: 'bob', password: PASSWORD })
    const bobs = await signedIn('bob')
    const [session] = service.storage.views.sessions.ofUser(ada)
    const adas = await signedIn('ada')
    const [own] = service.storage.views.sessions.ofUser(ada)
    expect(session).toBeUndefined()
    const response = await bobs.submit(`/account/sessions/${own?.session_id}/end`)
    expect(response.statusCode).toBe(404)
    expect(await isSignedIn(adas)).toBe(true)
  })
})

describe('S8 an unsafe request', () => {
  const UNSAFE = [
    '/login',
    '/login/link',
    '/login/code',
    '/logout',
    '/account/confirm',
    '/account/password',
    '/account/password/remove',
    '/account/sessions/end-others',
    '/account/email/verify',
    '/account/passkeys/AA/name',
    '/account/passkeys/AA/remove',
    `/link/${'A'.repeat(43)}`,
    `/invite/${'A'.repeat(43)}`,
  ]

  it.each(UNSAFE)('%s needs the token, and our own origin', async (url) => {
    const browser = await signedIn()
    await service.newTypes()
    const csrf = browser.csrf()
    const fields = { username: 'ada', password: PASSWORD }
    const refusals = [
      await browser.submit(url, { ...fields, csrf: '' }),
      await browser.submit(url, { ...fields, csrf: 'x'.repeat(43) }),
    ]
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:8081' },
    ]) {
      refusals.push(await browser.submit(url, { ...fields, csrf }, { headers }))
    }
    expect(refusals.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403])
    expect(await service.newTypes()).toEqual([])
    expect(await isSignedIn(browser)).toBe(true)
  })

  it('is refused when the browser says that another site made it', async () => {
    const browser = service.browser()
    await browser.get('/login')
    const response = await service.app.inject({
      method: 'POST',
      url: '/login',
      headers: {
        'sec-fetch-site': 'same-site',
        'content-type': 'application/x-www-form-urlencoded',
        cookie: `countersign-browser=${browser.cookies.get('countersign-browser')}`,
      },
      payload: new URLSearchParams({ username: 'ada', password: PASSWORD, csrf: browser.csrf() }).toString(),
    })
    expect(response.statusCode).toBe(403)
  })

  it('cannot use the token of another browser, nor one from before the sign-in', async () => {
    const other = service.browser()
    await other.get('/login')
    const browser = service.browser()
    await browser.get('/login')
    const before = browser.csrf()
    const fields = { username: 'ada', password: PASSWORD }
    expect((await browser.submit('/login', { ...fields, csrf: other.csrf() })).statusCode).toBe(403)
    expect((await browser.submit('/login', { ...fields, csrf: before })).statusCode).toBe(303)
    expect((await browser.submit('/logout', { csrf: before })).statusCode).toBe(403)
  })

  it('of a module is answered with a problem document', async () => {
    const browser = service.browser()
    await browser.get('/login')
    const headers = { 'x-csrf-token': 'x' }
    const response = await browser.post('/login/passkey/options', {}, { headers })
    expect(response.statusCode).toBe(403)
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.json().code).toBe('forged_request')
  })
})

describe('S9 where a sign-in leads', () => {
  it.each([
    ['/account', '/account'],
    ['/manage/users?x=1&y=%2F', '/manage/users?x=1&y=%2F'],
    ['//evil.example', '/account'],
    ['/\\evil.example', '/account'],
    ['/..//evil.example', '/account'],
    ['/.//evil.example/', '/account'],
    ['/a/../..//evil.example', '/account'],
    ['https://evil.example/', '/account'],
    ['javascript:alert(1)', '/account'],
    ['/\t/evil.example', '/account'],
    ['/x\r\nset-cookie: a=b', '/account'],
    ['', '/account'],
    ['account', '/account'],
  ])('%j is taken as %j', async (wanted, target) => {
    expect(localPath(wanted, service.issuer)).toBe(target)
    const browser = service.browser()
    await browser.get(`/login?return_to=${encodeURIComponent(wanted)}`)
    const response = await browser.submit('/login', {
      username: 'ada',
      password: PASSWORD,
      return_to: wanted,
    })
    expect(response.headers.location).toBe(target)
  })
})

describe('S11 every page', () => {
  it('has a policy with a nonce of its own, is framed by nobody, and kept by nobody', async () => {
    const browser = await signedIn()
    const outside = service.browser()
    const pages = [
      await outside.get('/login'),
      await outside.get('/login/code'),
      await outside.get('/link/x'),
      await outside.get('/invite/x'),
      await outside.get('/interaction/x'),
      await browser.get('/account'),
      await browser.get('/account/confirm'),
    ]
    const nonces = pages.map((page) => {
      const policy = String(page.headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("base-uri 'none'")
      expect(policy).not.toContain('unsafe')
      expect(page.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
      })
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
      for (const [tag] of page.body.matchAll(/<script\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`)
      expect(page.body).not.toMatch(/<style|\son[a-z]+=|style=/)
      return nonce
    })
    expect(new Set(nonces).size).toBe(pages.length)
  })
})
