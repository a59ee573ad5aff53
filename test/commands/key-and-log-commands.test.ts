import { describe, it } from 'vitest'
import { JWK, keyActivated, keyCreated, keyRetired } from './facts.ts'
import { given } from './given-when-then.ts'

const outcome = { kid: 'k1' }

describe('create-signing-key', () => {
  const input = { kid: 'k1', alg: 'ES256', public_jwk: JWK } as const

  it('publishes a key', () => {
    given([])
      .when('create-signing-key', input)
      .then([keyCreated('k1')], outcome)
  })

  it('refuses a key id that is or was another key’s', () => {
    given([keyCreated('k1')])
      .when('create-signing-key', input)
      .thenRefused('already_exists', 'kid')
    given([keyCreated('k1'), keyRetired('k1')])
      .when('create-signing-key', input)
      .thenRefused('already_exists', 'kid')
  })

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
    'refuses a JWK with the private member %s',
    (member) => {
      given([])
        .when('create-signing-key', { ...input, public_jwk: { ...JWK, [member]: 'c2VjcmV0' } })
        .thenRefused('invalid_input')
    },
  )

  it('refuses algorithms that it does not sign with', () => {
    given([])
      .whenUnchecked('create-signing-key', { ...input, alg: 'HS256' })
      .thenRefused('invalid_input')
  })
})

describe('activate-signing-key', () => {
  it('activates a published key, also one that was active before', () => {
    given([keyCreated('k1')])
      .when('activate-signing-key', { kid: 'k1' })
      .then([keyActivated('k1')], outcome)
    given([keyCreated('k1'), keyActivated('k1'), keyCreated('k2'), keyActivated('k2')])
      .when('activate-signing-key', { kid: 'k1' })
      .then([keyActivated('k1')])
  })

  it('makes no event when it is active', () => {
    given([keyCreated('k1'), keyActivated('k1')])
      .when('activate-signing-key', { kid: 'k1' })
      .then([], outcome)
  })

  it('refuses one that is retired or unknown', () => {
    given([keyCreated('k1'), keyRetired('k1')])
      .when('activate-signing-key', { kid: 'k1' })
      .thenRefused('wrong_state')
    given([]).when('activate-signing-key', { kid: 'k1' }).thenRefused('not_found')
  })
})

describe('retire-signing-key', () => {
  it('retires a key that signs nothing any more', () => {
    given([keyCreated('k1'), keyActivated('k1'), keyCreated('k2'), keyActivated('k2')])
      .when('retire-signing-key', { kid: 'k1' })
      .then([keyRetired('k1')], outcome)
  })

  it('makes no event when it is retired', () => {
    given([keyCreated('k1'), keyRetired('k1')])
      .when('retire-signing-key', { kid: 'k1' })
      .then([], outcome)
  })

  it('refuses the key that signs, and one that is unknown', () => {
    given([keyCreated('k1'), keyActivated('k1')])
      .when('retire-signing-key', { kid: 'k1' })
      .thenRefused('wrong_state')
    given([]).when('retire-signing-key', { kid: 'k1' }).thenRefused('not_found')
  })
})

describe('begin-epoch', () => {
  it('records what the log was restored from', () => {
    const data = { from_epoch: 2, backup_sequence: 40 }
    given([])
      .when('begin-epoch', data)
      .then([{ type: 'LogRestored', stream: 'log', subject: null, data }], { from_epoch: 2 })
  })

  it('refuses an epoch that cannot have been', () => {
    given([]).when('begin-epoch', { from_epoch: 0, backup_sequence: 0 }).thenRefused('invalid_input')
  })
})

describe('change-relying-party-id', () => {
  const changed = (before: string | null, after: string) => ({
    type: 'RelyingPartyIdChanged' as const,
    stream: 'log',
    subject: null,
    data: { before, after },
  })
  const first = changed(null, 'id.example.org')

  it('records the first host, and another one, but never the same again', () => {
    const rp_id = 'id.example.org'
    given([]).when('change-relying-party-id', { rp_id }).then([first], { rp_id })
    given([first]).when('change-relying-party-id', { rp_id }).then([], { rp_id })
    given([first])
      .when('change-relying-party-id', { rp_id: 'other.example' })
      .then([changed('id.example.org', 'other.example')])
  })

  it('refuses what is no host', () => {
    given([]).when('change-relying-party-id', { rp_id: '' }).thenRefused('invalid_input')
  })
})
