import { describe, it } from 'vitest'
import type { NewEvent } from '../../src/events/envelope.ts'
import {
  ADA,
  BOB,
  EARLIER,
  HASH,
  id,
  linkIssued,
  linkRevoked,
  OTHER_HASH,
  passkeyRegistered,
  passwordRemoved,
  passwordSet,
  sessionEnded,
  signedIn,
  userRegistered,
} from './facts.ts'
import { given } from './given-when-then.ts'

const ada = userRegistered(ADA, 'ada')
const signedInTwice = [
  userRegistered(BOB, 'bob'),
  signedIn(ADA, 6, EARLIER),
  signedIn(ADA, 7),
  signedIn(ADA, 8),
  signedIn(BOB, 9),
  linkIssued(1, { purpose: 'recovery', userid: ADA, username: 'ada' }),
]

describe('set-password', () => {
  it('sets a password, ends the sessions and voids the links', () => {
    given([ada, passwordSet(ADA), ...signedInTwice])
      .when('set-password', { userid: ADA, password_hash: OTHER_HASH })
      .then(
        [
          passwordSet(ADA, OTHER_HASH),
          sessionEnded(ADA, 6, 'credential_changed'),
          sessionEnded(ADA, 7, 'credential_changed'),
          sessionEnded(ADA, 8, 'credential_changed'),
          linkRevoked(1, ADA, 'credential_changed'),
        ],
        { userid: ADA },
      )
  })

  it('takes the place of another one only when it may', () => {
    const input = { userid: ADA, password_hash: OTHER_HASH, replace: false }
    given([ada])
      .when('set-password', input)
      .then([passwordSet(ADA, OTHER_HASH)])
    given([ada, passwordSet(ADA)])
      .when('set-password', input)
      .thenRefused('already_exists', 'user_id')
  })

  it('keeps the session of the user who changed it', () => {
    given([ada, ...signedInTwice])
      .when('set-password', { userid: ADA, password_hash: HASH, keep_session: id(7) })
      .then([
        passwordSet(ADA),
        sessionEnded(ADA, 6, 'credential_changed'),
        sessionEnded(ADA, 8, 'credential_changed'),
        linkRevoked(1, ADA, 'credential_changed'),
      ])
  })

  it('keeps all sessions when asked, and still revokes links', () => {
    given([ada, ...signedInTwice])
      .when('set-password', { userid: ADA, password_hash: HASH, end_sessions: false })
      .then([passwordSet(ADA), linkRevoked(1, ADA, 'credential_changed')])
  })

  it('refuses somebody who does not exist, and what is no PHC string', () => {
    given([]).when('set-password', { userid: ADA, password_hash: HASH }).thenRefused('not_found')
    given([ada]).when('set-password', { userid: ADA, password_hash: 'hunter2' }).thenRefused('invalid_input')
  })
})

describe('rehash-password', () => {
  const input = { userid: ADA, password_hash: OTHER_HASH, previous_hash: HASH }
  const rehashed: NewEvent = {
    type: 'PasswordRehashed',
    stream: `user-${ADA}`,
    subject: ADA,
    data: { userid: ADA, password_hash: OTHER_HASH },
  }

  it('keeps the password under another hash, and ends nothing', () => {
    given([ada, passwordSet(ADA), signedIn(ADA, 7)])
      .when('rehash-password', input)
      .then([rehashed], { userid: ADA })
  })

  it('does nothing when the password is another by now, or is gone, or never was', () => {
    given([ada, passwordSet(ADA), passwordSet(ADA, OTHER_HASH)])
      .when('rehash-password', input)
      .then([], { userid: ADA })
    given([ada, passwordSet(ADA), passkeyRegistered(ADA), passwordRemoved(ADA)])
      .when('rehash-password', input)
      .then([])
    given([]).when('rehash-password', input).then([])
  })
})

describe('remove-password', () => {
  it('removes the password of somebody with a passkey, and voids links', () => {
    given([
      ada,
      passwordSet(ADA),
      passkeyRegistered(ADA),
      signedIn(ADA, 7),
      linkIssued(1, { purpose: 'sign_in', userid: ADA, username: 'ada' }),
    ])
      .when('remove-password', { userid: ADA })
      .then([passwordRemoved(ADA), linkRevoked(1, ADA, 'credential_changed')], { userid: ADA })
  })

  it('keeps the only way in', () => {
    given([ada, passwordSet(ADA), userRegistered(BOB, 'bob'), passkeyRegistered(BOB)])
      .when('remove-password', { userid: ADA })
      .thenRefused('last_credential')
  })

  it('refuses where there is none', () => {
    given([ada, passkeyRegistered(ADA)])
      .when('remove-password', { userid: ADA })
      .thenRefused('not_found')
    given([]).when('remove-password', { userid: ADA }).thenRefused('not_found')
  })
})
