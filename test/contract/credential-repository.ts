import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isoTime } from '../../src/kernel/clock.ts'
import { ADA, BOB, eventsOf, NOBODY, newUser, type RepositoriesUnderTest } from './repositories-under-test.ts'

const HASH = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA'
const OTHER_HASH = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$b3RoZXI'

const bytes = (...values: number[]) => Uint8Array.from(values)
const passkey = (user_id: string, credential_id: Uint8Array) => ({
  user_id,
  credential_id,
  public_key: bytes(9, 8, 7, 0, 255),
})

/** States the laws of `CredentialRepository`; every back end runs them with a factory of its own. */
export function credentialRepositoryContract(name: string, make: () => Promise<RepositoriesUnderTest>): void {
  describe(`${name}: credential repository`, () => {
    let t: RepositoriesUnderTest
    const credentials = () => t.repositories.credentials
    beforeEach(async () => {
      t = await make()
      await t.repositories.users.create(newUser(ADA, 'ada'))
      await t.repositories.users.create(newUser(BOB, 'bob'))
    })
    afterEach(() => t.close())

    it('createWebauthn answers the passkey with every default, bytes as bytes', async () => {
      const made = await credentials().createWebauthn(passkey(ADA, bytes(0, 1, 254)))
      expect({ ...made, credential_id: [...made.credential_id], public_key: [...made.public_key] }).toEqual({
        user_id: ADA,
        credential_id: [0, 1, 254],
        public_key: [9, 8, 7, 0, 255],
        sign_count: 0,
        device_name: '',
        transports: [],
        aaguid: '',
        backup_eligible: false,
        backup_state: false,
        created_at: isoTime(t.now()),
        last_used_at: null,
        set_by: 'other',
      })
    })

    it('createWebauthn keeps every field', async () => {
      const rest = {
        sign_count: 7,
        device_name: 'Key ring',
        transports: ['usb', 'nfc'],
        aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
        backup_eligible: true,
        backup_state: true,
      }
      expect(await credentials().createWebauthn({ ...passkey(ADA, bytes(1)), ...rest })).toMatchObject(rest)
    })

    it('createWebauthn leaves one event; a known id is a duplicate, whoever has it', async () => {
      const made = () => credentials().createWebauthn(passkey(ADA, bytes(1)))
      expect(await eventsOf(t, made)).toEqual(['PasskeyRegistered'])
      const taken = { name: 'DuplicateError', key: 'credential_id' }
      await expect(made()).rejects.toMatchObject(taken)
      await expect(credentials().createWebauthn(passkey(BOB, bytes(1)))).rejects.toMatchObject(taken)
      expect(await credentials().getWebauthnByUser(BOB)).toEqual([])
    })

    it('nobody unknown gets a credential', async () => {
      const refused = { code: 'not_found' }
      await expect(credentials().createWebauthn(passkey(NOBODY, bytes(1)))).rejects.toMatchObject(refused)
      const password = { user_id: NOBODY, password_hash: HASH }
      await expect(credentials().createPassword(password)).rejects.toMatchObject(refused)
    })

    it('getWebauthnByUser lists them, the oldest first, and nobody else’s', async () => {
      expect(await credentials().getWebauthnByUser(ADA)).toEqual([])
      const second = await credentials().createWebauthn(passkey(ADA, bytes(200)))
      t.advance(1000)
      const third = await credentials().createWebauthn(passkey(ADA, bytes(100)))
      await credentials().createWebauthn(passkey(BOB, bytes(3)))
      expect(await credentials().getWebauthnByUser(ADA)).toEqual([second, third])
    })

    it('getWebauthnByCredentialId answers the passkey, or null', async () => {
      const made = await credentials().createWebauthn(passkey(ADA, bytes(1, 2)))
      expect(await credentials().getWebauthnByCredentialId(bytes(1, 2))).toEqual(made)
      expect(await credentials().getWebauthnByCredentialId(bytes(1))).toBeNull()
    })

    it('updateWebauthn writes a use and a name, and answers the passkey as held', async () => {
      const made = await credentials().createWebauthn(passkey(ADA, bytes(1)))
      t.advance(1000)
      const wanted = { ...made, sign_count: 5, backup_state: true, device_name: 'Laptop' }
      const events = await eventsOf(t, async () => {
        expect(await credentials().updateWebauthn(wanted)).toEqual({
          ...wanted,
          last_used_at: isoTime(t.now()),
        })
      })
      expect(events).toEqual(['PasskeyUsed', 'PasskeyRenamed'])
    })

    it('updateWebauthn of what is so already leaves no event', async () => {
      const made = await credentials().createWebauthn(passkey(ADA, bytes(1)))
      expect(await eventsOf(t, () => credentials().updateWebauthn(made))).toEqual([])
    })

    it('updateWebauthn lets the counter only rise, and nothing change that is fixed', async () => {
      const made = await credentials().createWebauthn({ ...passkey(ADA, bytes(1)), sign_count: 5 })
      const update = (changes: object) => credentials().updateWebauthn({ ...made, ...changes })
      await expect(update({ sign_count: 4 })).rejects.toMatchObject({ code: 'counter_regressed' })
      await expect(update({ public_key: bytes(1) })).rejects.toMatchObject({ code: 'invalid_input' })
      await expect(update({ aaguid: 'other' })).rejects.toMatchObject({ code: 'invalid_input' })
      await expect(update({ user_id: BOB })).rejects.toMatchObject({ code: 'not_found' })
      await expect(update({ credential_id: bytes(2) })).rejects.toMatchObject({ code: 'not_found' })
      expect(await credentials().getWebauthnByCredentialId(bytes(1))).toEqual(made)
    })

    it('deleteWebauthn answers whether there was one', async () => {
      await credentials().createWebauthn(passkey(ADA, bytes(1)))
      await credentials().createWebauthn(passkey(ADA, bytes(2)))
      expect(await credentials().deleteWebauthn(BOB, bytes(1))).toBe(false)
      expect(await credentials().deleteWebauthn(ADA, bytes(3))).toBe(false)
      const events = await eventsOf(t, async () => {
        expect(await credentials().deleteWebauthn(ADA, bytes(1))).toBe(true)
        expect(await credentials().deleteWebauthn(ADA, bytes(1))).toBe(false)
      })
      expect(events).toEqual(['PasskeyRemoved'])
      expect(await credentials().getWebauthnByUser(ADA)).toHaveLength(1)
    })

    it('the last way in stays', async () => {
      await credentials().createWebauthn(passkey(ADA, bytes(1)))
      await credentials().createPassword({ user_id: BOB, password_hash: HASH })
      const refused = { code: 'last_credential' }
      await expect(credentials().deleteWebauthn(ADA, bytes(1))).rejects.toMatchObject(refused)
      await expect(credentials().deletePassword(BOB)).rejects.toMatchObject(refused)
    })

    it('createPassword answers the credential; a second one is a duplicate', async () => {
      const make = () => credentials().createPassword({ user_id: ADA, password_hash: HASH })
      const events = await eventsOf(t, async () =>
        expect(await make()).toEqual({
          user_id: ADA,
          password_hash: HASH,
          created_at: isoTime(t.now()),
          set_by: 'other',
        }),
      )
      expect(events).toEqual(['PasswordSet'])
      const second = credentials().createPassword({ user_id: ADA, password_hash: OTHER_HASH })
      await expect(second).rejects.toMatchObject({ name: 'DuplicateError', key: 'user_id' })
      expect(await credentials().getPasswordByUser(ADA)).toMatchObject({ password_hash: HASH })
    })

    it('createPassword twice at once: one wins', async () => {
      const tries = [HASH, OTHER_HASH].map((password_hash) =>
        credentials().createPassword({ user_id: ADA, password_hash }),
      )
      const statuses = (await Promise.allSettled(tries)).map(({ status }) => status)
      expect(statuses.sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('getPasswordByUser answers the credential, or null', async () => {
      const made = await credentials().createPassword({ user_id: ADA, password_hash: HASH })
      expect(await credentials().getPasswordByUser(ADA)).toEqual(made)
      expect(await credentials().getPasswordByUser(BOB)).toBeNull()
    })

    it('deletePassword answers whether there was one', async () => {
      await credentials().createPassword({ user_id: ADA, password_hash: HASH })
      await credentials().createWebauthn(passkey(ADA, bytes(1)))
      const events = await eventsOf(t, async () => {
        expect(await credentials().deletePassword(ADA)).toBe(true)
        expect(await credentials().deletePassword(ADA)).toBe(false)
        expect(await credentials().deletePassword(NOBODY)).toBe(false)
      })
      expect(events).toEqual(['PasswordRemoved'])
      expect(await credentials().getPasswordByUser(ADA)).toBeNull()
    })

    it('credentials go with their user', async () => {
      await credentials().createWebauthn(passkey(ADA, bytes(1)))
      await credentials().createPassword({ user_id: ADA, password_hash: HASH })
      await t.repositories.users.delete(ADA)
      expect(await credentials().getWebauthnByCredentialId(bytes(1))).toBeNull()
      expect(await credentials().getPasswordByUser(ADA)).toBeNull()
    })
  })
}
