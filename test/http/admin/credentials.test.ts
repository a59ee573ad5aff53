import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HASH, PUBLIC_KEY } from '../../commands/facts.ts'
import { type AdminApp, createAdminApp, signedIn } from './admin-app.ts'

let service: AdminApp
let userid: string
const passkey = (n: number) => Buffer.from(`a passkey of 16+ ${n}`).toString('base64url')

beforeAll(async () => {
  service = await createAdminApp()
})
beforeEach(async () => {
  const username = `person-${service.storage.log.head().sequence}`
  userid = await service.register({ username })
  await service.newEvents()
})
afterAll(() => service.close())

describe('credentials', () => {
  it('are listed without anything that proves', async () => {
    await service.does('set-password', { userid, password_hash: HASH })
    const device_name = '<img src=x onerror=alert(1)>'
    const registered = { userid, credential_id: passkey(1), public_key: PUBLIC_KEY, device_name }
    await service.does('register-passkey', { ...registered, transports: ['usb'], backup_eligible: true })
    const response = await service.call('GET', `/users/${userid}/credentials`)
    expect(response.json()).toStrictEqual({
      items: [
        {
          type: 'webauthn',
          credential_id: passkey(1),
          device_name,
          sign_count: 0,
          transports: ['usb'],
          aaguid: '',
          backup_eligible: true,
          backup_state: false,
          created_at: expect.any(String),
          last_used_at: null,
        },
        { type: 'password', credential_id: 'password', created_at: expect.any(String) },
      ],
      next_cursor: null,
    })
    for (const secret of [HASH, PUBLIC_KEY]) expect(response.body).not.toContain(secret)
    expect(response.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
  })

  it('W8 are taken away, but for the last way in', async () => {
    await service.does('set-password', { userid, password_hash: HASH })
    await service.does('register-passkey', { userid, credential_id: passkey(2), public_key: PUBLIC_KEY })
    await service.newEvents()
    const remove = (id: string) => service.call('DELETE', `/users/${userid}/credentials/${id}`)
    expect((await remove('password')).statusCode).toBe(204)
    expect(await service.newTypes()).toStrictEqual(['PasswordRemoved'])
    const last = await remove(passkey(2))
    expect([last.statusCode, last.json().code]).toStrictEqual([409, 'last_credential'])
    expect((await remove('password')).statusCode).toBe(404)
    expect((await remove(passkey(3))).statusCode).toBe(404)
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('are not those of somebody else', async () => {
    await service.does('register-passkey', { userid, credential_id: passkey(4), public_key: PUBLIC_KEY })
    await service.newEvents()
    const response = await service.call('DELETE', `/users/${service.adminId}/credentials/${passkey(4)}`)
    expect(response.statusCode).toBe(404)
    expect(await service.newTypes()).toStrictEqual([])
  })
})

describe('sessions', () => {
  it('S7 are listed and ended one by one', async () => {
    const first = await signedIn(service, userid)
    const second = await signedIn(service, userid)
    await service.newEvents()
    const list = async () =>
      (await service.call('GET', `/users/${userid}/sessions`))
        .json()
        .items.map(({ session_id }: { session_id: string }) => session_id)
    const [shown] = (await service.call('GET', `/users/${userid}/sessions`)).json().items
    expect(shown).toStrictEqual({
      session_id: first,
      userid,
      amr: ['pwd'],
      address: null,
      device_name: null,
      started_at: expect.any(String),
      expires_at: expect.any(String),
    })
    expect((await service.call('DELETE', `/users/${userid}/sessions/${first}`)).statusCode).toBe(204)
    const [event] = await service.newEvents()
    expect(event).toMatchObject({
      type: 'SessionEnded',
      data: { userid, session_id: first, reason: 'administrator' },
    })
    expect(await list()).toStrictEqual([second])
    expect((await service.call('DELETE', `/users/${userid}/sessions/${first}`)).statusCode).toBe(404)
  })

  it('are not those of somebody else', async () => {
    const session = await signedIn(service, userid)
    await service.newEvents()
    const response = await service.call('DELETE', `/users/${service.adminId}/sessions/${session}`)
    expect(response.statusCode).toBe(404)
    expect(await service.newTypes()).toStrictEqual([])
  })
})
