import type { LightMyRequestResponse } from 'fastify'
import { cookieOf } from '../http/admin/cookie-session.ts'
import { addressOf, type ListedRoute, routesOf } from '../http/admin/route-table.ts'
import type { TestApp } from './app.ts'

const ORIGIN = 'http://localhost:8080'
const CALLBACK = 'https://app.example.org/callback'

/** Every endpoint of an application, and who may call it. */
export interface EveryEndpoint {
  /** Calls every endpoint in the name of each caller; answers the addresses that were away, and what was wrong. */
  call(around: { before(): void; after(): void }): Promise<{ unavailable: Set<string>; wrong: string[] }>
}

/** Fields enough for whatever form or document a route takes. */
const FIELDS: Record<string, unknown> = {
  username: 'root',
  password: 'not the password at all',
  email: 'root@example.org',
  code: '123456',
  grant_type: 'client_credentials',
  scope: 'admin',
  token: 'x'.repeat(43),
}
const QUERY = new URLSearchParams({
  client_id: 'app',
  response_type: 'code',
  scope: 'openid',
  redirect_uri: CALLBACK,
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}).toString()

const PLACES: Record<string, string> = {
  userid: 'babab-babab',
  credential_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  session_id: '01900000-0000-7000-8000-00000000dead',
  id: '01900000-0000-7000-8000-00000000beef',
  client_id: 'nobody',
  uid: 'an-interaction-of-nobody',
  token: 'x'.repeat(43),
}
const placeOf = new Proxy(PLACES, { get: (all, name: string) => all[name] ?? 'x' })

/** Gives an application an administrator and a client, and reads its endpoints off the server itself. */
export async function everyEndpoint(service: TestApp): Promise<EveryEndpoint> {
  const userid = await service.register({ username: 'root', groups: ['admin'], email: 'root@example.org' })
  const cookies = await cookieOf(service, userid)
  const made = await service.app.inject({
    method: 'POST',
    url: '/api/admin/clients',
    headers: { ...cookies, 'content-type': 'application/json' },
    payload: JSON.stringify({
      client_id: 'app',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'client_credentials'],
      scope: 'openid admin',
    }),
  })
  const basic = `Basic ${Buffer.from(`app:${made.json().client_secret}`).toString('base64')}`
  const send = ({ method, path }: ListedRoute, headers: Record<string, string>, json: boolean) =>
    request(service, method, path, headers, json)
  const token = await send({ method: 'POST', path: '/oidc/token' }, { authorization: basic }, false)
  const callers: Record<string, Record<string, string>> = {
    nobody: { origin: ORIGIN },
    'an administrator by cookie': cookies,
    'an application by its secret': { authorization: basic },
    'a program by token': { authorization: `Bearer ${token.json().access_token}` },
  }
  const routes = routesOf(service.app, '/').filter(({ path }) => !path.endsWith('/stream'))
  return {
    async call({ before, after }) {
      const unavailable = new Set<string>()
      const wrong: string[] = []
      for (const route of routes) {
        for (const [caller, headers] of Object.entries(callers)) {
          for (const json of [false, true]) {
            before()
            const { statusCode, headers: answered } = await send(route, headers, json)
            after()
            if (statusCode === 503 && answered['retry-after'] !== undefined) unavailable.add(route.path)
            else if (statusCode >= 500)
              wrong.push(`${statusCode} ${route.method} ${route.path} for ${caller}`)
          }
        }
      }
      return { unavailable, wrong }
    },
  }
}

function request(
  { app }: TestApp,
  method: string,
  path: string,
  headers: Record<string, string>,
  json: boolean,
): Promise<LightMyRequestResponse> {
  const url = addressOf(path.replace('*', 'style.css'), placeOf)
  const body = ['GET', 'HEAD', 'OPTIONS'].includes(method) ? null : FIELDS
  const payload = body && (json ? JSON.stringify(body) : new URLSearchParams(body as never).toString())
  return app.inject({
    method: method as 'GET',
    url: path.endsWith('/authorize') ? `${url}?${QUERY}` : url,
    headers: {
      ...headers,
      ...(payload ? { 'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded' } : {}),
    },
    ...(payload ? { payload } : {}),
  })
}
