import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { oidcPages } from '../../src/http/protocol/provider-pages.ts'
import { loadKeySet, publishSigningKey } from '../../src/oidc/keys/signing-keys.ts'
import { createProvider } from '../../src/oidc/provider/provider.ts'
import { JWKS_MAX_AGE } from '../../src/oidc/provider/security-headers.ts'
import { installationFiles, openStorage } from '../../src/storage/open.ts'
import { createTestApp, type TestApp } from '../support/app.ts'

const PATHS = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/oidc/jwks']

let service: TestApp
let ours: number
let halted = false
beforeAll(async () => {
  service = await createTestApp({
    adapt: (deps) => ({
      ...deps,
      condition: () => (halted ? { reason: 'a test', halted: true } : deps.condition()),
    }),
  })
  await service.app.listen({ host: '127.0.0.1', port: 0 })
  ours = (service.app.server.address() as AddressInfo).port
})
afterAll(() => service.close())

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

function ask(port: number, path: string, method = 'GET', headers: Record<string, string> = {}) {
  return new Promise<Answer>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      let body = ''
      for await (const chunk of response) body += String(chunk)
      const { date: _, ...rest } = response.headers
      resolve({ status: response.statusCode ?? 0, headers: rest, body })
    })
      .once('error', reject)
      .end()
  })
}

/** Asks oidc-provider itself, with the same keys and settings, and nothing of ours before it. */
async function askProvider(path: string, method: string, headers: Record<string, string>) {
  const { deps, storage } = service
  const provider = createProvider(
    {
      ...deps,
      issuer: service.issuer,
      browserSession: async () => null,
      pages: oidcPages,
      admit: async () => undefined,
      secretGuesses: { requireBudget: () => undefined, failed: async () => undefined },
      report: () => undefined,
    },
    { signing: await loadKeySet(storage), cookies: [Buffer.from('a test')] },
    { requestId: () => null, address: () => null },
  )
  const server = createServer(provider.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const answer = await ask((server.address() as AddressInfo).port, path, method, headers)
  server.close()
  return answer
}

/** What we add, and what depends on the server that sends. */
function without({ etag, 'cache-control': _, connection, 'keep-alive': __, ...rest }: IncomingHttpHeaders) {
  return rest
}

describe.each(PATHS)('%s', (path) => {
  it.each([
    ['GET', {}],
    ['GET', { origin: 'https://app.example' }],
    ['HEAD', {}],
    ['HEAD', { origin: 'null' }],
  ])('is what oidc-provider sends: %s %j', async (method, headers) => {
    const given = await ask(ours, path, method, headers as Record<string, string>)
    const own = await askProvider(path, method, headers as Record<string, string>)
    expect({ ...given, headers: without(given.headers) }).toStrictEqual({
      ...own,
      headers: without(own.headers),
    })
    expect(given.headers['cache-control']).toBe(`public, max-age=${JWKS_MAX_AGE}`)
  })

  it('is the same by way of the routes and with a query', async () => {
    const given = await ask(ours, path)
    const routed = await service.app.inject({ url: path })
    expect([routed.body, routed.headers.etag]).toStrictEqual([given.body, given.headers.etag])
    expect((await ask(ours, `${path}?x=1`)).body).toBe(given.body)
  })

  it.each([
    ['the same', (etag: string) => etag, 304],
    ['a weak one', (etag: string) => `W/${etag}`, 304],
    ['one of several', (etag: string) => `"x", ${etag} , "y"`, 304],
    ['any', () => '*', 304],
    ['another', () => '"x"', 200],
    ['none', () => '', 200],
    ['a part', (etag: string) => etag.slice(0, -2), 200],
  ])('is sent again unless the copy is current: %s', async (_which, given, status) => {
    const { headers, body } = await ask(ours, path)
    for (const method of ['GET', 'HEAD']) {
      const again = await ask(ours, path, method, { 'if-none-match': given(String(headers.etag)) })
      expect(again.status).toBe(status)
      expect(again.headers).toMatchObject({ etag: headers.etag, 'cache-control': headers['cache-control'] })
      expect(again.body).toBe(status === 200 && method === 'GET' ? body : '')
    }
  })

  it.each(['POST', 'PUT', 'DELETE'])('is only read: %s', async (method) => {
    expect((await ask(ours, path, method)).status).toBe(404)
  })

  it('is not sent by a node that has stopped', async () => {
    halted = true
    const answer = await ask(ours, path)
    halted = false
    expect(answer.status).toBe(503)
  })
})

describe('the keys', () => {
  const kids = async (from: () => Promise<string>) =>
    (JSON.parse(await from()).keys as { kid: string }[]).map(({ kid }) => kid)
  const sent = async () => (await ask(ours, '/oidc/jwks')).body
  const routed = async () => (await service.app.inject({ url: '/oidc/jwks' })).body

  it('are published with the next answer, under another ETag', async () => {
    const before = await ask(ours, '/oidc/jwks')
    const kid = await publishSigningKey(service.storage, 'ES256')
    expect(await kids(sent)).toContain(kid)
    expect(await kids(routed)).toContain(kid)
    const headers = { 'if-none-match': String(before.headers.etag) }
    expect((await ask(ours, '/oidc/jwks', 'GET', headers)).status).toBe(200)
  })

  it('are published soon when another process made them', async () => {
    const other = await openStorage(installationFiles(service.deps.settings))
    const kid = await publishSigningKey(other, 'ES256')
    await other.close()
    await expect.poll(() => kids(sent), { timeout: 10_000 }).toContain(kid)
    expect(await kids(routed)).toContain(kid)
  })
})
