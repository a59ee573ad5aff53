import { describe, it } from 'vitest'
import type { NewEvent } from '../../src/events/envelope.ts'
import {
  ADA,
  BOB,
  PASSKEY,
  PASSKEY_2,
  PUBLIC_KEY,
  passkeyRegistered,
  passkeyRemoved,
  passwordSet,
  userErased,
  userRegistered,
} from './facts.ts'
import { given } from './given-when-then.ts'

const ada = userRegistered(ADA, 'ada')
const bob = userRegistered(BOB, 'bob')
const about = { stream: `user-${ADA}`, subject: ADA }
const outcome = { userid: ADA }

describe('register-passkey', () => {
  const input = { userid: ADA, credential_id: PASSKEY, public_key: PUBLIC_KEY }

  it('adds a passkey with plain defaults', () => {
    given([ada])
      .when('register-passkey', input)
      .then([passkeyRegistered(ADA)], outcome)
  })

  it('keeps every field, and takes a second one', () => {
    const fields = {
      sign_count: 4,
      device_name: 'Phone',
      transports: ['internal', 'hybrid'],
      aaguid: '00000000-0000-0000-0000-000000000001',
      backup_eligible: true,
      backup_state: true,
    }
    given([ada, passkeyRegistered(ADA)])
      .when('register-passkey', { ...input, ...fields, credential_id: PASSKEY_2 })
      .then([passkeyRegistered(ADA, PASSKEY_2, fields)])
  })

  it('refuses a credential id that anybody has', () => {
    for (const owner of [ADA, BOB]) {
      given([ada, bob, passkeyRegistered(owner)])
        .when('register-passkey', input)
        .thenRefused('already_exists', 'credential_id')
    }
  })

  it('takes a credential id again that was given up', () => {
    given([ada, bob, passkeyRegistered(BOB), userErased(BOB)])
      .when('register-passkey', input)
      .then([passkeyRegistered(ADA)])
  })

  it('refuses somebody who does not exist', () => {
    given([]).when('register-passkey', input).thenRefused('not_found')
  })

  it('refuses ids that are empty, too long, or not the one spelling of their bytes', () => {
    const tooLong = Buffer.alloc(1024).toString('base64url')
    for (const credential_id of ['', tooLong, 'AB', 'A', 'AA==', 'a+b/']) {
      given([ada])
        .when('register-passkey', { ...input, credential_id })
        .thenRefused('invalid_input')
    }
    for (const public_key of ['', 'AB']) {
      given([ada])
        .when('register-passkey', { ...input, public_key })
        .thenRefused('invalid_input')
    }
  })
})

describe('rename-passkey', () => {
  it('renames, and says what the name was', () => {
    given([ada, passkeyRegistered(ADA, PASSKEY, { device_name: 'Phone' })])
      .when('rename-passkey', { userid: ADA, credential_id: PASSKEY, device_name: 'Old phone' })
      .then(
        [
          {
            type: 'PasskeyRenamed',
            ...about,
            data: {
              userid: ADA,
              credential_id: PASSKEY,
              device_name: { before: 'Phone', after: 'Old phone' },
            },
          },
        ],
        outcome,
      )
  })

  it('makes no event when the name is the same', () => {
    given([ada, passkeyRegistered(ADA)])
      .when('rename-passkey', { userid: ADA, credential_id: PASSKEY, device_name: '' })
      .then([], outcome)
  })
})

describe('record-passkey-use', () => {
  const used = (sign_count: number, backup_state = false): NewEvent => ({
    type: 'PasskeyUsed',
    ...about,
    data: { userid: ADA, credential_id: PASSKEY, sign_count, backup_state },
  })
  const use = (stored: number, sign_count: number, backup_state = false) =>
    given([ada, passkeyRegistered(ADA, PASSKEY, { sign_count: stored })]).when('record-passkey-use', {
      userid: ADA,
      credential_id: PASSKEY,
      sign_count,
      backup_state,
    })

  it('takes a counter that rises, and whether the passkey is backed up by now', () => {
    use(0, 1).then([used(1)], outcome)
    use(5, 6, true).then([used(6, true)])
  })

  it('takes a counter that is not kept at all', () => {
    use(0, 0).then([used(0)])
  })

  it('refuses a counter that does not rise, falls, or is missing', () => {
    use(5, 5).thenRefused('counter_regressed')
    use(5, 4).thenRefused('counter_regressed')
    use(5, 0).thenRefused('counter_regressed')
  })

  it('judges by the last use, not by the registration', () => {
    given([ada, passkeyRegistered(ADA), used(9)])
      .when('record-passkey-use', { userid: ADA, credential_id: PASSKEY, sign_count: 9, backup_state: false })
      .thenRefused('counter_regressed')
  })
})

describe('flag-passkey', () => {
  it('records the counter that was reported and the one that was stored', () => {
    given([ada, passkeyRegistered(ADA, PASSKEY, { sign_count: 5 })])
      .when('flag-passkey', { userid: ADA, credential_id: PASSKEY, reported_count: 3 })
      .then(
        [
          {
            type: 'PasskeyCounterRegressed',
            ...about,
            data: { userid: ADA, credential_id: PASSKEY, reported_count: 3, stored_count: 5 },
          },
        ],
        outcome,
      )
  })
})

describe('remove-passkey', () => {
  const input = { userid: ADA, credential_id: PASSKEY }

  it('removes one while there is another, or a password', () => {
    given([ada, passkeyRegistered(ADA, PASSKEY, { device_name: 'Phone' }), passkeyRegistered(ADA, PASSKEY_2)])
      .when('remove-passkey', input)
      .then([passkeyRemoved(ADA, PASSKEY, 'Phone')], outcome)
    given([ada, passkeyRegistered(ADA), passwordSet(ADA)])
      .when('remove-passkey', input)
      .then([passkeyRemoved(ADA)])
  })

  it('keeps the only way in', () => {
    given([ada, bob, passkeyRegistered(ADA), passkeyRegistered(BOB, PASSKEY_2), passwordSet(BOB)])
      .when('remove-passkey', input)
      .thenRefused('last_credential')
  })
})

describe('every command about a passkey', () => {
  const inputs = {
    'rename-passkey': { device_name: 'x' },
    'record-passkey-use': { sign_count: 1, backup_state: false },
    'flag-passkey': { reported_count: 1 },
    'remove-passkey': {},
  }

  it.each(Object.entries(inputs))('%s refuses one that is unknown or somebody else’s', (type, input) => {
    const full = { userid: ADA, credential_id: PASSKEY, ...input }
    given([ada]).whenUnchecked(type, full).thenRefused('not_found')
    given([ada, bob, passkeyRegistered(BOB)])
      .whenUnchecked(type, full)
      .thenRefused('not_found')
    given([]).whenUnchecked(type, full).thenRefused('not_found')
  })
})
