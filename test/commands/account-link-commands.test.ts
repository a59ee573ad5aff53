import { describe, it } from 'vitest'
import {
  ADA,
  BOB,
  EARLIER,
  HASH,
  id,
  LATER,
  linkIssued,
  linkRevoked,
  linkUsed,
  OTHER_HASH,
  PASSKEY,
  PUBLIC_KEY,
  passkeyRegistered,
  passwordSet,
  sessionEnded,
  signedIn,
  token,
  userDeactivated,
  userErased,
  userRegistered,
} from './facts.ts'
import { given } from './given-when-then.ts'

const ada = userRegistered(ADA, 'ada')
const passkey = { credential_id: PASSKEY, public_key: PUBLIC_KEY }

describe('accept-invitation', () => {
  const invited = linkIssued(1, { groups: ['a', 'b'] })
  const input = { token_hash: token(1), userid: ADA, password_hash: HASH }
  const handle = 'H'.repeat(43)
  const graceWith = (data: Parameters<typeof userRegistered>[2]) =>
    userRegistered(ADA, 'grace', { link_id: id(1), ...data })

  it('uses the link up, opens the account and sets the password, all at once', () => {
    given([invited])
      .when('accept-invitation', input)
      .then([linkUsed(1, ADA), graceWith({ groups: ['a', 'b'] }), passwordSet(ADA, HASH, 'owner')], {
        userid: ADA,
      })
  })

  it('takes a passkey instead, with the user handle that it was made for', () => {
    const fields = {
      sign_count: 1,
      device_name: 'Phone',
      transports: ['usb'],
      aaguid: '',
      backup_eligible: true,
      backup_state: false,
    }
    given([invited])
      .when('accept-invitation', {
        token_hash: token(1),
        userid: ADA,
        passkey: { ...passkey, ...fields },
        webauthn_user_id: handle,
      })
      .then([
        linkUsed(1, ADA),
        graceWith({ groups: ['a', 'b'], webauthn_user_id: handle }),
        passkeyRegistered(ADA, PASSKEY, { ...fields, set_by: 'owner' }),
      ])
  })

  it('keeps what the person says of itself, with the address unproven', () => {
    const fields = {
      email: 'grace@example.org',
      preferred_username: 'Grace',
      given_name: 'Grace',
      family_name: 'Hopper',
      nickname: 'Amazing',
      phone_number: '+1 202',
      picture: 'https://example.org/g.png',
      locale: 'en-US',
    }
    given([linkIssued(1)])
      .when('accept-invitation', { ...input, ...fields, username: 'grace' })
      .then([linkUsed(1, ADA), graceWith(fields), passwordSet(ADA, HASH, 'owner')])
  })

  it('wants exactly one credential, and a passkey with its handle', () => {
    given([invited])
      .when('accept-invitation', { token_hash: token(1), userid: ADA })
      .thenRefused('invalid_input')
    given([invited])
      .when('accept-invitation', { ...input, passkey, webauthn_user_id: handle })
      .thenRefused('invalid_input')
    given([invited])
      .when('accept-invitation', { token_hash: token(1), userid: ADA, passkey })
      .thenRefused('invalid_input')
  })

  it('takes no word about groups or proofs from the person', () => {
    for (const claim of [{ groups: ['admin'] }, { email_verified: true }, { phone_number_verified: true }]) {
      given([invited])
        .whenUnchecked('accept-invitation', { ...input, ...claim })
        .thenRefused('invalid_input')
    }
  })

  it('refuses another name than the one that was invited', () => {
    given([invited])
      .when('accept-invitation', { ...input, username: 'root' })
      .thenRefused('invalid_input')
  })

  it('refuses an id, name or passkey that is taken, and leaves the link unused', () => {
    given([invited, ada]).when('accept-invitation', input).thenRefused('already_exists', 'userid')
    given([invited, ada, userErased(ADA)])
      .when('accept-invitation', input)
      .thenRefused('already_exists', 'userid')
    given([invited, userRegistered(BOB, 'Grace')])
      .when('accept-invitation', input)
      .thenRefused('already_exists', 'username')
    given([invited, userRegistered(BOB, 'bob'), passkeyRegistered(BOB)])
      .when('accept-invitation', { token_hash: token(1), userid: ADA, passkey, webauthn_user_id: handle })
      .thenRefused('already_exists', 'credential_id')
  })

  it('refuses a link that is unknown, withdrawn, used, ended, or for something else', () => {
    given([]).when('accept-invitation', input).thenRefused('link_invalid')
    given([invited, linkRevoked(1, null, 'replaced')])
      .when('accept-invitation', input)
      .thenRefused('link_invalid')
    given([invited, linkUsed(1, BOB)])
      .when('accept-invitation', input)
      .thenRefused('link_used')
    given([invited]).when('accept-invitation', input, { now: LATER }).thenRefused('link_expired')
    given([userRegistered(BOB, 'bob'), linkIssued(1, { purpose: 'recovery', userid: BOB, username: 'bob' })])
      .when('accept-invitation', input)
      .thenRefused('link_invalid')
  })
})

describe('accept-invitation: claim', () => {
  const claimable = linkIssued(1, { purpose: 'claim', username: 'administrator' })
  const input = { token_hash: token(1), userid: ADA, password_hash: HASH }
  const firstAdministrator = (username: string, groups = ['admin']) =>
    userRegistered(ADA, username, { groups, link_id: id(1) })

  it('makes the first administrator, under the name the person chooses', () => {
    given([claimable])
      .when('accept-invitation', { ...input, username: 'ada' })
      .then([linkUsed(1, ADA), firstAdministrator('ada'), passwordSet(ADA, HASH, 'owner')], { userid: ADA })
  })

  it('falls back to the name on the link, and keeps the groups of the link', () => {
    given([linkIssued(1, { purpose: 'claim', username: 'administrator', groups: ['staff', 'admin'] })])
      .when('accept-invitation', input)
      .then([
        linkUsed(1, ADA),
        firstAdministrator('administrator', ['admin', 'staff']),
        passwordSet(ADA, HASH, 'owner'),
      ])
  })

  it('is refused once an active administrator exists, and not before', () => {
    const boss = userRegistered(BOB, 'bob', { groups: ['admin'] })
    given([claimable, boss]).when('accept-invitation', input).thenRefused('wrong_state')
    given([claimable, boss, userDeactivated(BOB)])
      .when('accept-invitation', input)
      .then([linkUsed(1, ADA), firstAdministrator('administrator'), passwordSet(ADA, HASH, 'owner')])
  })

  it('refuses a name that is taken', () => {
    given([claimable, userRegistered(BOB, 'bob')])
      .when('accept-invitation', { ...input, username: 'bob' })
      .thenRefused('already_exists', 'username')
  })
})

describe('recover-account', () => {
  const sent = linkIssued(1, { purpose: 'recovery', userid: ADA, username: 'ada' })
  const input = { token_hash: token(1), password_hash: OTHER_HASH }

  it('replaces the password, ends all sessions and voids every other link', () => {
    given([
      ada,
      passwordSet(ADA),
      signedIn(ADA, 6, EARLIER),
      signedIn(ADA, 7),
      sent,
      linkIssued(2, { purpose: 'sign_in', userid: ADA, username: 'ada' }),
    ])
      .when('recover-account', input)
      .then(
        [
          linkUsed(1, ADA),
          passwordSet(ADA, OTHER_HASH, 'owner'),
          sessionEnded(ADA, 6, 'credential_changed'),
          sessionEnded(ADA, 7, 'credential_changed'),
          linkRevoked(2, ADA, 'credential_changed'),
        ],
        { userid: ADA },
      )
  })

  it('adds a passkey instead', () => {
    given([ada, sent])
      .when('recover-account', { token_hash: token(1), passkey })
      .then([linkUsed(1, ADA), passkeyRegistered(ADA, PASSKEY, { set_by: 'owner' })])
  })

  it('wants exactly one credential', () => {
    given([ada, sent])
      .when('recover-account', { token_hash: token(1) })
      .thenRefused('invalid_input')
    given([ada, sent])
      .when('recover-account', { ...input, passkey })
      .thenRefused('invalid_input')
  })

  it('refuses a passkey that anybody has', () => {
    given([ada, sent, passkeyRegistered(ADA)])
      .when('recover-account', { token_hash: token(1), passkey })
      .thenRefused('already_exists', 'credential_id')
  })

  it('refuses a link that is unknown, for something else, used, ended, or of nobody', () => {
    given([ada]).when('recover-account', input).thenRefused('link_invalid')
    given([ada, linkIssued(1, { purpose: 'sign_in', userid: ADA, username: 'ada' })])
      .when('recover-account', input)
      .thenRefused('link_invalid')
    given([ada, sent, linkUsed(1, ADA)])
      .when('recover-account', input)
      .thenRefused('link_used')
    given([ada, sent]).when('recover-account', input, { now: LATER }).thenRefused('link_expired')
    given([ada, linkIssued(1, { purpose: 'recovery' })])
      .when('recover-account', input)
      .thenRefused('link_invalid')
  })

  it('refuses a user who is deactivated or gone', () => {
    given([ada, userDeactivated(ADA), sent])
      .when('recover-account', input)
      .thenRefused('user_inactive')
    given([ada, sent, userErased(ADA)])
      .when('recover-account', input)
      .thenRefused('not_found')
  })
})
