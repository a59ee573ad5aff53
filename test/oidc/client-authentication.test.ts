import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDER_ROUTES } from '../../src/oidc/provider/routes.ts'
import { basic, tokensFor } from './support/flow.ts'
import { type Harness, openHarness, SECRET } from './support/harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
  await harness.registerClient({ client_id: 'app' })
  await harness.registerClient({ client_id: 'spa', public: true })
})
afterAll(async () => {
  expect(harness.faults).toEqual([])
  await harness.close()
})

const encoded = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

/** Ways to authenticate that are none, each as a header and what the form says. */
const BAD: Record<string, { authorization?: string; form?: Record<string, string> }> = {
  nothing: {},
  'an unknown client': { authorization: encoded('nobody:secret') },
  'a wrong secret': { authorization: encoded('app:wrong') },
  'a wrong secret in the form': { form: { client_id: 'app', client_secret: 'wrong' } },
  'a client without its secret': { form: { client_id: 'app' } },
  'an unknown client in the form': { form: { client_id: 'nobody' } },
  'a secret without a client': { form: { client_secret: SECRET } },
  'an empty client in the form': { form: { client_id: '', client_secret: '' } },
  'a public client with a secret': { authorization: encoded('spa:secret') },
  'the scheme alone': { authorization: 'Basic' },
  'the scheme and a space': { authorization: 'Basic ' },
  'no base64': { authorization: 'Basic !!!' },
  'base64 of the wrong length': { authorization: 'Basic YXBwO' },
  'base64url letters': { authorization: 'Basic YX_-cA==' },
  'two values': { authorization: `Basic ${encoded('app:x').slice(6)} more` },
  'two spaces': { authorization: `Basic  ${encoded('app:x').slice(6)}` },
  'no colon': { authorization: encoded('app') },
  'an empty client': { authorization: encoded(':secret') },
  'an empty secret': { authorization: encoded('app:') },
  'nothing but a colon': { authorization: encoded(':') },
  'broken percent encoding': { authorization: encoded('app:%zz') },
  'a cut percent encoding': { authorization: encoded('%E0%A4:x') },
  'control characters': { authorization: encoded('app:\0\n') },
  'characters beyond ASCII': { authorization: encoded('äpp:gehäim') },
  'bytes that are no text': {
    authorization: `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xff]).toString('base64')}`,
  },
  'a bearer token': { authorization: 'Bearer token' },
  'another scheme': { authorization: 'Digest username="app"' },
  'no scheme': { authorization: 'app:secret' },
  'a very long header': { authorization: encoded(`app:${'x'.repeat(6000)}`) },
}

const ENDPOINTS: Record<string, Record<string, string>> = {
  token: { grant_type: 'client_credentials' },
  introspect: { token: 'x' },
  revoke: { token: 'x' },
}

const post = (endpoint: string, form: Record<string, string>, headers: Record<string, string>) =>
  fetch(`${harness.issuer}/oidc/${endpoint}`, { method: 'POST', headers, body: new URLSearchParams(form) })

describe('O8 client authentication', () => {
  it.each(Object.keys(ENDPOINTS).flatMap((endpoint) => Object.keys(BAD).map((what) => ({ endpoint, what }))))(
    'fails at /oidc/$endpoint with $what, as RFC 6749 §5.2 has it',
    async ({ endpoint, what }) => {
      const { authorization, form = {} } = BAD[what]!
      for (const accept of ['application/json', 'text/html']) {
        const headers = { accept, ...(authorization === undefined ? {} : { authorization }) }
        const answer = await post(endpoint, { ...ENDPOINTS[endpoint], ...form }, headers)
        expect(answer.status).toBe(401)
        expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="[^"]+", error="invalid_client"/)
        expect(await answer.json()).toMatchObject({
          error: 'invalid_client',
          error_description: expect.any(String),
        })
      }
    },
  )

  it.each(Object.keys(ENDPOINTS))(
    'says at /oidc/%s that two ways at once are an invalid request',
    async (endpoint) => {
      const form = { ...ENDPOINTS[endpoint], client_id: 'app', client_secret: SECRET }
      const answer = await post(endpoint, form, { authorization: basic('app') })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
    },
  )

  it.each(
    Object.keys(ENDPOINTS).flatMap((endpoint) =>
      ['client_id', 'client_secret', ...Object.keys(ENDPOINTS[endpoint]!)].map((name) => ({
        endpoint,
        name,
      })),
    ),
  )('refuses a second $name at /oidc/$endpoint (RFC 6749 §3.2)', async ({ endpoint, name }) => {
    const body = new URLSearchParams({ ...ENDPOINTS[endpoint], client_id: 'app', client_secret: SECRET })
    body.append(name, body.get(name) ?? '')
    const answer = await fetch(`${harness.issuer}/oidc/${endpoint}`, { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })
})

describe('O9 introspection of what nobody can ask about', () => {
  it.each([
    ['an id token', async () => (await tokensFor(harness, 'app')).id_token],
    ['an unsigned JWT', async () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['a used code', async () => (await tokensFor(harness, 'app')).code],
    ['a word', async () => 'nonsense'],
    ['a very long word', async () => 'x'.repeat(20_000)],
    ['something with spaces', async () => 'a b c'],
    ['bytes', async () => '\0\u{1F600}'],
  ])('is inactive: %s', async (_what, make) => {
    for (const hint of [undefined, 'access_token', 'refresh_token', 'id_token', 'made_up']) {
      const form = { token: (await make()) ?? '', ...(hint === undefined ? {} : { token_type_hint: hint }) }
      const answer = await post('introspect', form, { authorization: basic('app') })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ active: false })
    }
  })
})

describe('O12 a preflight', () => {
  const ask = (url: string, origin: string | null) =>
    fetch(`${harness.issuer}${url.replace(':uid', 'u')}`, {
      method: 'OPTIONS',
      headers: {
        ...(origin === null ? {} : { origin }),
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type',
      },
    })
  const allowances = ({ headers }: Response) =>
    [...headers.keys()].filter((name) => name.startsWith('access-control'))

  it.each(
    PROVIDER_ROUTES.flatMap(({ url }) =>
      [
        null,
        'null',
        'https://evil.example',
        'http://app.example.org',
        'https://app.example.org:8443',
        'https://app.example.org.evil.example',
        'https://APP.example.org',
        'https://app.example.org/',
        'https://example.org',
      ].map((origin) => ({ url, origin })),
    ),
  )('from $origin to $url gets no allowance', async ({ url, origin }) => {
    expect(allowances(await ask(url, origin))).toEqual([])
  })

  it('follows the clients: what is registered may, what was removed may not', async () => {
    const origin = 'https://later.example.org'
    expect(allowances(await ask('/oidc/token', origin))).toEqual([])
    await harness.registerClient({ client_id: 'later', public: true, redirect_uris: [`${origin}/callback`] })
    expect((await ask('/oidc/token', origin)).headers.get('access-control-allow-origin')).toBe(origin)
    await harness.does('remove-client', { client_id: 'later' })
    expect(allowances(await ask('/oidc/token', origin))).toEqual([])
  })
})
