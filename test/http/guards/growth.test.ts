import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANONYMOUS_KINDS, type AnonymousKind } from '../../../src/documents/anonymous-kinds.ts'
import { tokenHash } from '../../../src/kernel/random.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import type { TestBrowser } from '../../support/browser.ts'
import { isSignedIn, PASSWORD, signIn } from '../../support/people.ts'
import { WrittenDocuments } from '../../support/written-documents.ts'
import { routesOf } from '../admin/route-table.ts'

const REDIRECT_URI = 'https://app.example.org/callback'
const AWAY = 'https://app.example.org/away'

let service: TestApp
let written: WrittenDocuments
beforeEach(async () => {
  written = new WrittenDocuments()
  service = await createTestApp({ adapt: written.adapt })
  await service.does('register-client', {
    client_id: 'shop',
    public: true,
    secret_hash: null,
    redirect_uris: [REDIRECT_URI],
    post_logout_redirect_uris: [AWAY],
    grant_types: ['authorization_code'],
    scope: 'openid profile email',
  })
  await service.does('register-client', {
    client_id: 'machine',
    public: false,
    secret_hash: tokenHash('a secret of the tests, long enough'),
    redirect_uris: [],
    grant_types: ['client_credentials'],
    scope: 'admin',
  })
  await service.register({ username: 'known-11', password: PASSWORD, email: 'known@example.org' })
})
afterEach(() => service.close())

const authorize = (browser: TestBrowser, more: Record<string, string> = {}) =>
  browser.get(
    `/oidc/authorize?${new URLSearchParams({
      client_id: 'shop',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile',
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
      ...more,
    })}`,
  )

const signOut = (browser: TestBrowser, more: Record<string, string> = {}) =>
  browser.get(
    `/oidc/end_session?${new URLSearchParams({ client_id: 'shop', post_logout_redirect_uri: AWAY, ...more })}`,
  )

const askForLink = async (browser: TestBrowser, fields: Record<string, string>) => {
  await browser.get('/login')
  return browser.submit('/login/link', { username: 'nobody-1', ...fields })
}

interface Growth {
  kind: AnonymousKind
  /** Asks for one document. */
  one(browser: TestBrowser, username?: string): Promise<{ statusCode: number; headers: object; body: string }>
  /** Ways of making it larger than it may be, each with the status of the answer. */
  large: readonly (readonly [string, number, (browser: TestBrowser) => Promise<{ statusCode: number }>])[]
}

const FIFTEEN_KB = 15_000
const GROWTH: readonly Growth[] = [
  {
    kind: 'oidc:Interaction',
    one: (browser) => authorize(browser),
    large: [
      ...['state', 'nonce', 'login_hint', 'ui_locales', 'acr_values'].map(
        (name) =>
          [
            `a ${name} of 15 kB`,
            400,
            (browser: TestBrowser) => authorize(browser, { [name]: 's'.repeat(FIFTEEN_KB - 1000) }),
          ] as const,
      ),
      [
        'many parameters together',
        400,
        (browser) =>
          authorize(browser, {
            state: 's'.repeat(1200),
            nonce: 'n'.repeat(1200),
            ui_locales: 'l'.repeat(1200),
          }),
      ],
      [
        'signs that JSON spells longer',
        400,
        (browser) => authorize(browser, { state: '\u0001'.repeat(1000) }),
      ],
    ],
  },
  {
    kind: 'oidc:Session',
    one: (browser) => signOut(browser),
    large: [
      ['a state of 14 kB', 400, (browser) => signOut(browser, { state: 't'.repeat(14_000) })],
      ['signs that JSON spells longer', 400, (browser) => signOut(browser, { state: '\u0001'.repeat(1000) })],
    ],
  },
  {
    kind: 'link_request',
    one: (browser, username = 'nobody-1') => askForLink(browser, { username }),
    large: [
      ['a name of 50 kB', 303, (browser) => askForLink(browser, { username: 'n'.repeat(50_000) })],
      [
        'an address of 50 kB to return to',
        303,
        (browser) => askForLink(browser, { return_to: `/account?x=${'y'.repeat(50_000)}` }),
      ],
      [
        'a name of signs that JSON spells longer',
        303,
        (browser) => askForLink(browser, { username: '\u0001'.repeat(256) }),
      ],
    ],
  },
  {
    kind: 'webauthn_challenge',
    one: async (browser) => {
      await browser.get('/login')
      return browser.post('/login/passkey/options', {})
    },
    large: [
      [
        'members that nobody asked for',
        200,
        async (browser) => {
          await browser.get('/login')
          return browser.post('/login/passkey/options', { user: 'u'.repeat(50_000) })
        },
      ],
    ],
  },
  {
    kind: 'throttle_open',
    one: (browser) => signIn(browser, 'nobody-1', 'a wrong password of fifteen'),
    large: [
      [
        'a name of 50 kB',
        403,
        (browser) => signIn(browser, 'n'.repeat(50_000), 'a wrong password of fifteen'),
      ],
    ],
  },
  {
    kind: 'operator_notice',
    one: (browser) => browser.get('/login', { headers: { 'x-forwarded-for': '198.51.100.1' } }),
    large: [
      [
        'a forwarded header of 10 kB',
        200,
        (browser) => browser.get('/login', { headers: { 'x-forwarded-for': '1'.repeat(10_000) } }),
      ],
    ],
  },
]

it('A10 nothing else can be written without a session, by any route', async () => {
  for (const { method, path: route } of routesOf(service.app, '/')) {
    const path = route.replace(/:\w+/g, 'A'.repeat(43))
    const browser = service.browser()
    await browser.get('/login')
    const headers = {
      origin: service.issuer,
      'x-csrf-token': browser.csrf(),
      cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'content-type': 'application/json',
      'idempotency-key': 'a key',
    }
    const body = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) ? { payload: '{}' } : {}
    await service.app.inject({ method: method as 'GET', url: path, headers, ...body })
  }
  for (const { one } of GROWTH) await one(service.browser())
  const guessed = await service.app.inject({
    method: 'POST',
    url: '/oidc/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload:
      'grant_type=client_credentials&client_id=machine&client_secret=a+wrong+secret+of+32+characters+x',
  })
  expect(guessed.statusCode).toBe(401)
  await service.settled()
  expect(new Set(written.all.map(({ kind }) => kind))).toEqual(new Set(Object.keys(ANONYMOUS_KINDS)))
  const unbounded = written.all.filter(({ kind, anonymous }) => !anonymous && kind !== 'throttle_open')
  expect(unbounded).toEqual([])
})

describe.each(GROWTH)('A10 $kind', ({ kind, large }) => {
  const { bytes } = ANONYMOUS_KINDS[kind]

  it.each(large)('O15 keeps no more than its cap for %s', async (_what, status, ask) => {
    written.take(kind)
    const response = await ask(service.browser())
    await service.settled()
    expect(response.statusCode).toBe(status)
    const documents = written.take(kind)
    if (status >= 400 && status !== 403) expect(documents).toEqual([])
    else expect(documents.length).toBeGreaterThan(0)
    for (const document of documents) expect(document.bytes).toBeLessThanOrEqual(bytes)
  })
})

const BUDGETED = GROWTH.filter(({ kind }) => ANONYMOUS_KINDS[kind].perAddress !== null)

describe.each(BUDGETED)('A10 $kind', ({ kind, one }) => {
  const perAddress = ANONYMOUS_KINDS[kind].perAddress ?? 0

  it('beyond the budget of an address gets 429 with Retry-After, and writes nothing', async () => {
    const address = '203.0.113.9'
    for (let spent = 1; spent < perAddress; spent += 1) {
      await service.deps.admission.admit(kind, { address, browser: null })
    }
    written.take(kind)
    expect((await one(service.browser(address))).statusCode).toBeLessThan(400)
    expect(written.take(kind).length).toBeGreaterThan(0)
    const refused = await one(service.browser(address))
    expect(refused.statusCode).toBe(429)
    expect(Number((refused.headers as Record<string, string>)['retry-after'])).toBeGreaterThan(800)
    expect(written.take(kind)).toEqual([])
    expect((await one(service.browser('203.0.113.10'))).statusCode).toBeLessThan(400)
    expect(service.lines.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
    service.advance(15 * 60_000)
    expect((await one(service.browser(address))).statusCode).toBeLessThan(400)
  })
})

describe.each(BUDGETED)('A10 B7 $kind', ({ kind, one }) => {
  it('can still be had from a flooded address by a browser in which somebody signed in before, within bounds', async () => {
    const address = '203.0.113.9'
    const { perAddress } = ANONYMOUS_KINDS[kind]
    const own = service.browser(address)
    await signIn(own, 'known-11')
    await own.get('/account')
    await own.submit('/logout')
    const browser = own.cookies.get('countersign-browser') ?? ''
    for (let spent = 0; spent < (perAddress ?? 0); spent += 1) {
      await service.deps.admission.admit(kind, { address, browser: null })
    }
    expect((await one(service.browser(address))).statusCode).toBe(429)
    expect((await one(own)).statusCode).toBeLessThan(400)
    for (let spent = 1; spent < (perAddress ?? 0); spent += 1) {
      await service.deps.admission.admit(kind, { address, browser })
    }
    expect((await one(own)).statusCode).toBe(429)
  })
})

it('A10 a person who is signed in has the same budget for requests of applications', async () => {
  const address = '203.0.113.9'
  const own = service.browser(address)
  await signIn(own, 'known-11')
  const browser = own.cookies.get('countersign-browser') ?? ''
  for (let spent = 0; spent < ANONYMOUS_KINDS['oidc:Interaction'].perAddress; spent += 1) {
    await service.deps.admission.admit('oidc:Interaction', { address, browser: null })
  }
  expect((await authorize(own)).statusCode).toBeLessThan(400)
  for (let spent = 1; spent < ANONYMOUS_KINDS['oidc:Interaction'].perAddress; spent += 1) {
    await service.deps.admission.admit('oidc:Interaction', { address, browser })
  }
  expect((await authorize(own)).statusCode).toBe(429)
})

it('A10 B11 the refusal of a link depends on the address, not on the name', async () => {
  const address = '203.0.113.9'
  for (let spent = 0; spent < ANONYMOUS_KINDS.link_request.perAddress; spent += 1) {
    await service.deps.admission.admit('link_request', { address, browser: null })
  }
  const statuses = []
  for (const username of ['known-11', 'nobody-1']) {
    statuses.push((await askForLink(service.browser(address), { username })).statusCode)
  }
  await service.settled()
  expect(statuses).toEqual([429, 429])
  expect(service.mails).toEqual([])
})

it('O15 the largest request that is kept can be answered, with sign-in and consent, within the cap', async () => {
  const browser = service.browser()
  const length = (state: number) => authorize(browser, { state: 's'.repeat(state) })
  let state = 2000
  while ((await length(state + 50)).statusCode === 303) state += 50
  expect(state).toBeGreaterThan(2400)
  const page = await browser.follow(await length(state))
  expect(page.statusCode).toBe(200)
  const login = /action="(\/interaction\/[^"]+\/login)"/.exec(page.body)?.[1] ?? ''
  const consent = await browser.follow(
    await browser.submit(login, { username: 'known-11', password: PASSWORD }),
  )
  expect(consent.body).toContain('consent-allow')
  const action = /action="(\/interaction\/[^"]+\/consent)"/.exec(consent.body)?.[1] ?? ''
  const done = await browser.follow(await browser.submit(action, { decision: 'allow' }))
  expect(done.headers.location).toContain(`state=${'s'.repeat(state)}`)
  const sizes = written.take('oidc:Interaction').map(({ bytes }) => bytes)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(ANONYMOUS_KINDS['oidc:Interaction'].bytes)
  expect(await isSignedIn(browser)).toBe(true)
})
