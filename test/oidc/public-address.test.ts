import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { authorizationUrl, pkce } from './support/flow.ts'
import { type Harness, openHarness } from './support/harness.ts'

/** Asks as somebody who names the host as they like; answers the status, headers and text. */
function ask(harness: Harness, path: string, headers: Record<string, string> = {}) {
  const { port } = new URL(harness.address)
  return new Promise<{ headers: Record<string, string | string[] | undefined>; text: string }>(
    (resolve, reject) => {
      request({ port, host: '127.0.0.1', path, headers }, async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve({ headers: response.headers, text })
      })
        .on('error', reject)
        .end()
    },
  )
}

const EVIL = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
const DISCOVERY = '/.well-known/openid-configuration'

describe.each(['https://id.example.org', 'https://example.org/sign-in'])(
  'behind a proxy, as %s',
  (publicly) => {
    it('takes every address from the issuer, whatever the headers say', async () => {
      const harness = await openHarness({ publicly })
      const discovery = await ask(harness, DISCOVERY, EVIL)
      expect(discovery.text).not.toContain('evil.example')
      expect(JSON.parse(discovery.text)).toMatchObject({
        issuer: publicly,
        token_endpoint: `${publicly}/oidc/token`,
        jwks_uri: `${publicly}/oidc/jwks`,
      })
      await harness.registerClient({ client_id: 'app' })
      const url = new URL(
        authorizationUrl({ issuer: 'http://x' }, { client_id: 'app', code_challenge: pkce().challenge }),
      )
      const { headers } = await ask(harness, url.pathname + url.search, EVIL)
      expect(headers.location).toMatch(new RegExp(`^${publicly}/interaction/`))
      await harness.close()
    })
  },
)

it('S2 on https every cookie is secure and for the server only', async () => {
  const harness = await openHarness({ publicly: 'https://id.example.org' })
  await harness.registerClient({ client_id: 'app' })
  const url = new URL(
    authorizationUrl({ issuer: 'http://x' }, { client_id: 'app', code_challenge: pkce().challenge }),
  )
  const { headers } = await ask(harness, url.pathname + url.search, {
    cookie: '__Host-countersign-op=unknown',
  })
  const cookies = headers['set-cookie'] as string[]
  expect(new Set(cookies.map((cookie) => cookie.slice(0, cookie.indexOf('='))))).toEqual(
    new Set([
      '__Secure-countersign-interaction',
      '__Secure-countersign-interaction.sig',
      '__Secure-countersign-resume',
      '__Secure-countersign-resume.sig',
    ]),
  )
  for (const cookie of cookies) expect(cookie).toMatch(/; samesite=lax; secure; httponly$/i)
  expect(headers['strict-transport-security']).toContain('max-age=')
  await harness.close()
})

it('S11 no answer may be framed, sniffed or, where it tells secrets, kept', async () => {
  const harness = await openHarness()
  for (const path of ['/oidc/authorize', '/oidc/userinfo', '/oidc/end_session']) {
    const { headers } = await ask(harness, path, { accept: 'text/html' })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
    })
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  }
  await harness.close()
})
