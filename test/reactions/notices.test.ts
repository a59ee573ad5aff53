import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandInput, CommandType } from '../../src/commands/catalogue.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { makeLink, OTHER_PASSWORD, PASSWORD } from '../support/people.ts'

let service: TestApp
let ada: string
beforeEach(async () => {
  service = await createTestApp({ reactions: true })
  ada = await service.register({ username: 'ada', email: 'ada@example.org', password: PASSWORD })
  await service.settled()
  service.mails.length = 0
})
afterEach(() => service.close())

const passkey = () => ({
  credential_id: Buffer.from('credential').toString('base64url'),
  public_key: Buffer.from('public key').toString('base64url'),
  sign_count: 0,
  device_name: 'Phone',
  transports: [],
  aaguid: '00000000-0000-0000-0000-000000000000',
  backup_eligible: false,
  backup_state: false,
})

async function told() {
  await service.settled()
  return service.mails.map(({ to, subject }) => [to, subject])
}

describe('P4 the owner is told by mail, whoever changed it', () => {
  const does = <T extends CommandType>(type: T, input: CommandInput<T>) => service.does(type, input)

  it.each<[string, () => Promise<unknown>, string, string?]>([
    [
      'a password',
      async () =>
        does('set-password', {
          userid: ada,
          password_hash: await service.deps.passwords.hash(OTHER_PASSWORD),
        }),
      'The password of your account was changed',
    ],
    [
      'a passkey',
      () => does('register-passkey', { userid: ada, ...passkey() }),
      'A passkey was added to your account',
    ],
    [
      'the address, at the old one',
      () => does('change-user', { userid: ada, changes: { email: 'new@example.org' } }),
      'The mail address of your account was changed',
    ],
  ])('%s', async (_what, change, subject) => {
    await change()
    expect(await told()).toEqual([['ada@example.org', subject]])
  })

  it('a passkey and a password that were removed', async () => {
    await does('register-passkey', { userid: ada, ...passkey() })
    await does('remove-password', { userid: ada })
    await does('set-password', { userid: ada, password_hash: await service.deps.passwords.hash(PASSWORD) })
    await does('remove-passkey', { userid: ada, credential_id: passkey().credential_id })
    expect((await told()).map(([, subject]) => subject)).toEqual([
      'A passkey was added to your account',
      'The password of your account was removed',
      'A password was added to your account',
      'A passkey was removed from your account',
    ])
  })
})

describe('nobody is told', () => {
  it('of the credential with which an account was opened', async () => {
    const token = await makeLink(service, 'invitation', { username: 'bob' })
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    await browser.submit(`/invite/${token}`, { password: PASSWORD, email: 'bob@example.org' })
    await service.settled()
    expect(service.mails.map(({ subject }) => subject)).toEqual(['Confirm your mail address'])
  })

  it('twice of one change: each mail is named by its event', async () => {
    await service.does('register-passkey', { userid: ada, ...passkey() })
    await service.settled()
    const [event] = (await service.newEvents()).slice(-1)
    expect(service.mails.map(({ id }) => id)).toEqual([event?.id])
  })

  it('after being erased', async () => {
    await service.does('erase-user', { userid: ada })
    expect(await told()).toEqual([])
  })
})
