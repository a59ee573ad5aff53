import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { tokenHash } from '../../../src/kernel/random.ts'
import { type AdminApp, createAdminApp } from './admin-app.ts'

let service: AdminApp
beforeAll(async () => {
  service = await createAdminApp()
})
beforeEach(() => service.newEvents())
afterAll(() => service.close())

const REDIRECT = ['https://app.example/cb']
const DEFAULTS = {
  name: null,
  post_logout_redirect_uris: [],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile email phone groups offline_access',
  first_party: false,
  backchannel_logout_uri: null,
}

describe('clients', () => {
  it('are registered with a secret that is shown once', async () => {
    const response = await service.call('POST', '/clients', { client_id: 'web', redirect_uris: REDIRECT })
    expect(response.statusCode).toBe(201)
    const { client_secret, ...client } = response.json()
    expect(client).toStrictEqual({
      client_id: 'web',
      public: false,
      redirect_uris: REDIRECT,
      ...DEFAULTS,
      created_at: expect.any(String),
      updated_at: client.created_at,
    })
    expect(client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(service.deps.views.clients.byId('web')?.secret_hash).toBe(tokenHash(client_secret))
    expect((await service.call('GET', '/clients/web')).json()).toStrictEqual(client)
    expect((await service.call('GET', '/clients')).json()).toStrictEqual({
      items: [client],
      next_cursor: null,
    })
    const trail = (await service.call('GET', '/events?type=ClientRegistered')).body
    for (const secret of [client_secret, tokenHash(client_secret)]) expect(trail).not.toContain(secret)
  })

  it('have no secret when they are public, and cannot get one', async () => {
    const body = { client_id: 'spa', public: true, redirect_uris: REDIRECT }
    expect((await service.call('POST', '/clients', body)).json()).toMatchObject({ client_secret: null })
    const rotated = await service.call('POST', '/clients/spa/secret')
    expect([rotated.statusCode, rotated.json().code]).toStrictEqual([409, 'wrong_state'])
  })

  it('get another secret, which replaces the old one', async () => {
    const body = { client_id: 'rotating', redirect_uris: REDIRECT }
    const { client_secret: old } = (await service.call('POST', '/clients', body)).json()
    const response = await service.call('POST', '/clients/rotating/secret')
    expect(response.statusCode).toBe(201)
    const { client_secret } = response.json()
    expect(client_secret).not.toBe(old)
    expect(service.deps.views.clients.byId('rotating')?.secret_hash).toBe(tokenHash(client_secret))
  })

  it('are replaced as a whole, with what each field was', async () => {
    const body = { client_id: 'editor', redirect_uris: REDIRECT, name: 'Editor', first_party: true }
    await service.call('POST', '/clients', body)
    await service.newEvents()
    const redirect_uris = ['https://app.example/other']
    const response = await service.call('PUT', '/clients/editor', { redirect_uris, first_party: true })
    expect(response.json()).toMatchObject({ ...DEFAULTS, redirect_uris, first_party: true })
    const events = await service.newEvents()
    expect(events.map(({ type, data }) => ({ type, data }))).toStrictEqual([
      {
        type: 'ClientChanged',
        data: {
          client_id: 'editor',
          changes: {
            name: { before: 'Editor', after: null },
            redirect_uris: { before: REDIRECT, after: redirect_uris },
          },
        },
      },
    ])
  })

  it('are removed', async () => {
    await service.call('POST', '/clients', { client_id: 'short-lived', redirect_uris: REDIRECT })
    expect((await service.call('DELETE', '/clients/short-lived')).statusCode).toBe(204)
    expect((await service.call('DELETE', '/clients/short-lived')).statusCode).toBe(404)
    expect((await service.call('GET', '/clients/short-lived')).statusCode).toBe(404)
  })

  it('may have any printable id, also one that has to be escaped in an address', async () => {
    const client_id = 'https://app.example/a?b=c#d%20\'"<img>'
    const registered = await service.call('POST', '/clients', { client_id, redirect_uris: REDIRECT })
    expect(registered.statusCode).toBe(201)
    const response = await service.call('GET', `/clients/${encodeURIComponent(client_id)}`)
    expect(response.json()).toMatchObject({ client_id })
  })

  it.each([
    [{ client_id: 'bad', redirect_uris: ['javascript:alert(1)'] }],
    [{ client_id: 'bad', redirect_uris: ['http://app.example/cb'] }],
    [{ client_id: 'bad', redirect_uris: ['https://app.example/#x'] }],
    [{ client_id: 'bad', redirect_uris: [] }],
    [{ client_id: 'bad', redirect_uris: REDIRECT, grant_types: ['password'] }],
    [{ client_id: 'bad', redirect_uris: REDIRECT, public: true, grant_types: ['client_credentials'] }],
    [{ client_id: 'bad', redirect_uris: REDIRECT, client_secret: 'mine' }],
    [{ client_id: 'bad id', redirect_uris: REDIRECT }],
    [{ client_id: 'bad', redirect_uris: REDIRECT, name: 'tab\there' }],
  ])('are not registered as %j', async (body) => {
    const response = await service.call('POST', '/clients', body)
    expect([response.statusCode, response.json().code]).toStrictEqual([400, 'invalid_input'])
    expect(await service.newTypes()).toStrictEqual([])
  })
})
