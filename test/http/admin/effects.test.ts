import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminRoutes } from '../../../src/http/admin/api.ts'
import type { AppDeps } from '../../../src/service/app-deps.ts'
import { HASH, PUBLIC_KEY } from '../../commands/facts.ts'
import { type AdminApp, createAdminApp, signedIn } from './admin-app.ts'
import { addressOf } from './route-table.ts'

/** What it takes for a mutating route to have something to do, and the events it then leaves, in order. */
interface Sample {
  prepare(service: AdminApp): Promise<{ params?: Record<string, string>; body?: unknown }>
  status: number
  events: string[]
}

let count = 0
const name = () => {
  count += 1
  return `person-${count}`
}
const client = async ({ does }: AdminApp) => {
  const client_id = `app-${name()}`
  const redirect_uris = ['https://app.example/cb']
  await does('register-client', { client_id, public: false, secret_hash: 'a'.repeat(64), redirect_uris })
  return { client_id }
}

const SAMPLES: Record<string, Sample> = {
  createUser: {
    prepare: async () => ({ body: { username: name() } }),
    status: 201,
    events: ['UserRegistered'],
  },
  changeUser: {
    prepare: async ({ register }) => ({
      params: { userid: await register({ username: name() }) },
      body: { nickname: 'N', active: false, groups: ['staff'] },
    }),
    status: 200,
    events: ['UserProfileChanged', 'UserGroupsChanged', 'UserDeactivated'],
  },
  eraseUser: {
    prepare: async ({ register }) => ({ params: { userid: await register({ username: name() }) } }),
    status: 204,
    events: ['UserErased'],
  },
  removeCredential: {
    prepare: async ({ register, does }) => {
      const userid = await register({ username: name() })
      await does('set-password', { userid, password_hash: HASH })
      const credential_id = Buffer.from(`passkey of ${userid}`).toString('base64url')
      await does('register-passkey', { userid, credential_id, public_key: PUBLIC_KEY })
      return { params: { userid, credential_id } }
    },
    status: 204,
    events: ['PasskeyRemoved'],
  },
  endSession: {
    prepare: async (service) => {
      const userid = await service.register({ username: name() })
      return { params: { userid, session_id: await signedIn(service, userid) } }
    },
    status: 204,
    events: ['SessionEnded'],
  },
  createMagicLink: {
    prepare: async () => ({ body: { username: name() } }),
    status: 201,
    events: ['MagicLinkIssued'],
  },
  revokeMagicLink: {
    prepare: async ({ call, newEvents }) => {
      const { link_id } = (await call('POST', '/magic-links', { username: name() })).json()
      await newEvents()
      return { params: { id: link_id } }
    },
    status: 204,
    events: ['MagicLinkRevoked'],
  },
  createClient: {
    prepare: async () => ({ body: { client_id: name(), redirect_uris: ['https://app.example/cb'] } }),
    status: 201,
    events: ['ClientRegistered'],
  },
  replaceClient: {
    prepare: async (service) => ({
      params: await client(service),
      body: { name: 'App', redirect_uris: ['https://app.example/cb'] },
    }),
    status: 200,
    events: ['ClientChanged'],
  },
  removeClient: {
    prepare: async (service) => ({ params: await client(service) }),
    status: 204,
    events: ['ClientRemoved'],
  },
  rotateClientSecret: {
    prepare: async (service) => ({ params: await client(service) }),
    status: 201,
    events: ['ClientSecretRotated'],
  },
}

let service: AdminApp
beforeAll(async () => {
  service = await createAdminApp()
})
afterAll(() => service.close())

const mutating = () => adminRoutes(service.deps as AppDeps).filter(({ method }) => method !== 'GET')

describe('every mutating route', () => {
  it('has a sample here', () => {
    expect(Object.keys(SAMPLES).sort()).toStrictEqual(
      mutating()
        .map(({ name }) => name)
        .sort(),
    )
  })

  it.each(Object.keys(SAMPLES))(
    '%s leaves exactly its events, with the caller as their actor',
    async (route) => {
      const { method, path } = mutating().find(({ name }) => name === route)!
      const { prepare, status, events } = SAMPLES[route]!
      const { params, body } = await prepare(service)
      await service.newEvents()
      const response = await service.call(method, addressOf(path, params), body, {
        authorization: 'Bearer machine',
      })
      expect(response.statusCode, response.body).toBe(status)
      const left = await service.newEvents()
      expect(left.map(({ type }) => type)).toStrictEqual(events)
      for (const event of left) {
        const { actor_kind, actor_id, client, request, correlation } = event
        expect({ actor_kind, actor_id, client }).toStrictEqual({
          actor_kind: 'client',
          actor_id: 'machine',
          client: 'machine',
        })
        expect(request).toBe(correlation)
        expect(new Set(left.map(({ command }) => command)).size).toBe(1)
      }
    },
  )

  it.each(Object.keys(SAMPLES))('A3 %s refuses an unknown field and leaves no event', async (route) => {
    const { method, path } = mutating().find(({ name }) => name === route)!
    const { params, body } = await SAMPLES[route]!.prepare(service)
    await service.newEvents()
    const response = await service.call(method, addressOf(path, params), { ...(body ?? {}), surprise: 1 })
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({
      code: 'invalid_input',
      detail: expect.stringContaining('surprise'),
    })
    expect(await service.newTypes()).toStrictEqual([])
  })

  it.each(Object.keys(SAMPLES))('%s is carried out once when it is repeated with its key', async (route) => {
    const { method, path } = mutating().find(({ name }) => name === route)!
    const { params, body } = await SAMPLES[route]!.prepare(service)
    await service.newEvents()
    const headers = { 'idempotency-key': name() }
    const send = () => service.call(method, addressOf(path, params), body, headers)
    const first = await send()
    expect(first.statusCode).toBe(SAMPLES[route]!.status)
    expect(await service.newTypes()).toStrictEqual(SAMPLES[route]!.events)
    const again = await send()
    expect([again.statusCode, again.body]).toStrictEqual([first.statusCode, first.body])
    expect(await service.newTypes()).toStrictEqual([])
  })
})

describe('an idempotency key', () => {
  it('is refused with another request', async () => {
    const headers = { 'idempotency-key': name() }
    expect((await service.call('POST', '/users', { username: name() }, headers)).statusCode).toBe(201)
    await service.newEvents()
    const other = await service.call('POST', '/users', { username: name() }, headers)
    expect(other.statusCode).toBe(422)
    expect(other.json()).toMatchObject({ code: 'idempotency_key_reused' })
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('is the caller’s own', async () => {
    const headers = { 'idempotency-key': name() }
    const send = (token: string) =>
      service.call('POST', '/users', { username: name() }, { ...headers, authorization: `Bearer ${token}` })
    expect((await send('admin')).statusCode).toBe(201)
    expect((await send('machine')).statusCode).toBe(201)
    expect(await service.newTypes()).toStrictEqual(['UserRegistered', 'UserRegistered'])
  })

  it('lets one of twenty at once through, and answers all alike', async () => {
    const headers = { 'idempotency-key': name() }
    const body = { client_id: name(), redirect_uris: ['https://app.example/cb'] }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.call('POST', '/clients', body, headers)),
    )
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1)
    expect(answers[0]!.statusCode).toBe(201)
    expect(await service.newTypes()).toStrictEqual(['ClientRegistered'])
  })

  it.each([' ', 'a b', 'x'.repeat(256)])('is refused when it is %j', async (key) => {
    const response = await service.call('POST', '/users', { username: name() }, { 'idempotency-key': key })
    expect(response.statusCode).toBe(400)
    expect(await service.newTypes()).toStrictEqual([])
  })
})
