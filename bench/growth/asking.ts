import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { AnonymousKind } from '../../src/documents/anonymous-kinds.ts'

/** Where a stranger asks from, and how large the request is. */
export interface Stranger {
  address: string
  index: number
  size: 'usual' | 'largest'
}

type Ask = (app: FastifyInstance, stranger: Stranger) => Promise<LightMyRequestResponse>

const VERIFIER = 'c'.repeat(43)

/** The requests of an anonymous caller, by the kind of document that each creates. */
export const ASKING: Readonly<Partial<Record<AnonymousKind, Ask>>> = {
  'oidc:Interaction': (app, { address, index, size }) =>
    get(app, address, '/oidc/authorize', {
      client_id: 'shop',
      response_type: 'code',
      redirect_uri: 'https://app.example.org/callback',
      scope: 'openid profile',
      code_challenge: VERIFIER,
      code_challenge_method: 'S256',
      nonce: `nonce-${index}`,
      state: size === 'usual' ? `state-${index}` : 's'.repeat(2350),
    }),
  'oidc:Session': (app, { address, index, size }) =>
    get(app, address, '/oidc/end_session', {
      client_id: 'shop',
      post_logout_redirect_uri: 'https://app.example.org/away',
      state: size === 'usual' ? `state-${index}` : 's'.repeat(3700),
    }),
  link_request: async (app, { address, index, size }) => {
    const username = size === 'usual' ? `nobody-${index}` : '\u{1f600}'.repeat(128)
    const more = size === 'usual' ? {} : { return_to: `/account?x=${'y'.repeat(500)}` }
    return submit(app, address, '/login/link', { username, ...more })
  },
  webauthn_challenge: async (app, { address }) => {
    const { headers, csrf } = await openPage(app, address)
    return app.inject({
      method: 'POST',
      url: '/login/passkey/options',
      remoteAddress: address,
      headers: { ...headers, 'content-type': 'application/json', 'x-csrf-token': csrf },
      payload: '{}',
    })
  },
  throttle_open: (app, { address, index }) =>
    submit(app, address, '/login', { username: `nobody-${index}`, password: 'some other words altogether' }),
}

function get(app: FastifyInstance, address: string, path: string, query: Record<string, string>) {
  return app.inject({
    method: 'GET',
    url: `${path}?${new URLSearchParams(query)}`,
    remoteAddress: address,
    headers: { accept: 'text/html' },
  })
}

async function openPage(app: FastifyInstance, remoteAddress: string) {
  const page = await app.inject({ method: 'GET', url: '/login', remoteAddress })
  const cookie = page.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return { headers: { cookie }, csrf: /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '' }
}

async function submit(app: FastifyInstance, address: string, url: string, fields: Record<string, string>) {
  const { headers, csrf } = await openPage(app, address)
  return app.inject({
    method: 'POST',
    url,
    remoteAddress: address,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ csrf, ...fields }).toString(),
  })
}
