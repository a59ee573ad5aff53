import { describe, it } from 'vitest'
import type { NewEvent } from '../../src/events/envelope.ts'
import {
  ADA,
  BOB,
  EARLIER,
  id,
  linkIssued,
  linkPurged,
  linkRevoked,
  linkUsed,
  PASSKEY_2,
  passkeyRegistered,
  passkeyRemoved,
  passwordRemoved,
  passwordSet,
  sessionEnded,
  signedIn,
  userDeactivated,
  userErased,
  userRegistered,
} from './facts.ts'
import { given } from './given-when-then.ts'

const ada = userRegistered(ADA, 'ada')
const boss = userRegistered(ADA, 'ada', { groups: ['admin', 'staff'] })
const about = (userid: string) => ({ stream: `user-${userid}`, subject: userid })

describe('register-user', () => {
  it('opens an account with plain defaults and a random user handle', () => {
    given([]).when('register-user', { userid: ADA, username: 'ada' }).then([ada], { userid: ADA })
  })

  it('keeps every field, and groups once and in order', () => {
    const fields = {
      email: 'ada@example.org',
      email_verified: true,
      preferred_username: 'Ada',
      given_name: 'Ada',
      family_name: 'Lovelace',
      nickname: 'countess',
      phone_number: '+44 20 7946 0000',
      phone_number_verified: true,
      picture: 'https://example.org/ada.png',
      locale: 'en-GB',
      link_id: id(1),
      webauthn_user_id: 'A'.repeat(43),
    }
    given([])
      .when('register-user', { userid: ADA, username: 'ada', ...fields, groups: ['b', 'a', 'b'] })
      .then([userRegistered(ADA, 'ada', { ...fields, groups: ['a', 'b'] })])
  })

  it('refuses an id that is or ever was somebody’s', () => {
    given([ada])
      .when('register-user', { userid: ADA, username: 'bob' })
      .thenRefused('already_exists', 'userid')
    given([ada, userErased(ADA)])
      .when('register-user', { userid: ADA, username: 'bob' })
      .thenRefused('already_exists', 'userid')
  })

  it('refuses a name that is taken in another spelling', () => {
    given([ada])
      .when('register-user', { userid: BOB, username: 'ＡDA' })
      .thenRefused('already_exists', 'username')
  })

  it('refuses a proven address that somebody has proven, and takes an unproven one', () => {
    const proven = userRegistered(ADA, 'ada', { email: 'x@example.org', email_verified: true })
    given([proven])
      .when('register-user', { userid: BOB, username: 'bob', email: 'X@example.org', email_verified: true })
      .thenRefused('already_exists', 'email')
    given([proven])
      .when('register-user', { userid: BOB, username: 'bob', email: 'x@example.org' })
      .then([userRegistered(BOB, 'bob', { email: 'x@example.org' })])
  })

  it('refuses fields that it does not know, and commands that do not exist', () => {
    given([])
      .whenUnchecked('register-user', { userid: ADA, username: 'ada', admin: true })
      .thenRefused('invalid_input')
    given([]).whenUnchecked('promote-user', { userid: ADA }).thenRefused('invalid_input')
  })
})

describe('change-user: profile', () => {
  it('refuses somebody who does not exist', () => {
    given([]).when('change-user', { userid: ADA, changes: {} }).thenRefused('not_found')
  })

  it('makes no events when everything was so already', () => {
    given([boss])
      .when('change-user', {
        userid: ADA,
        changes: {
          username: 'ada',
          email: null,
          email_verified: false,
          groups: ['staff', 'admin'],
          active: true,
          nickname: null,
        },
      })
      .then([], { userid: ADA })
  })

  it('records only the fields that differ, with what they were', () => {
    given([userRegistered(ADA, 'ada', { given_name: 'Ada', locale: 'en' })])
      .when('change-user', {
        userid: ADA,
        changes: { given_name: 'Augusta', family_name: 'King', locale: null, nickname: null },
      })
      .then([
        {
          type: 'UserProfileChanged',
          ...about(ADA),
          data: {
            userid: ADA,
            changes: {
              given_name: { before: 'Ada', after: 'Augusta' },
              family_name: { before: null, after: 'King' },
              locale: { before: 'en', after: null },
            },
          },
        },
      ])
  })

  const withPhone = userRegistered(ADA, 'ada', { phone_number: '+41 1', phone_number_verified: true })
  const phoneChanged = (changes: object): NewEvent[] => [
    { type: 'UserProfileChanged', ...about(ADA), data: { userid: ADA, changes } },
  ]

  it('takes a changed number as unproven', () => {
    given([withPhone])
      .when('change-user', { userid: ADA, changes: { phone_number: '+41 2' } })
      .then(
        phoneChanged({
          phone_number: { before: '+41 1', after: '+41 2' },
          phone_number_verified: { before: true, after: false },
        }),
      )
  })

  it('takes a changed number as proven when the caller says so', () => {
    given([withPhone])
      .when('change-user', { userid: ADA, changes: { phone_number: '+41 2', phone_number_verified: true } })
      .then(phoneChanged({ phone_number: { before: '+41 1', after: '+41 2' } }))
  })

  it('says nothing about the proof of a number that was unproven before and after', () => {
    given([userRegistered(ADA, 'ada', { phone_number: '+41 1' })])
      .when('change-user', { userid: ADA, changes: { phone_number: null } })
      .then(phoneChanged({ phone_number: { before: '+41 1', after: null } }))
  })

  it('refuses a proof of no number', () => {
    given([ada])
      .when('change-user', { userid: ADA, changes: { phone_number_verified: true } })
      .thenRefused('invalid_input')
    given([withPhone])
      .when('change-user', { userid: ADA, changes: { phone_number: null, phone_number_verified: true } })
      .thenRefused('invalid_input')
  })
})

describe('change-user: name and address', () => {
  const pending = linkIssued(1, { purpose: 'sign_in', userid: ADA, username: 'ada' })
  const renamed: NewEvent = {
    type: 'UsernameChanged',
    ...about(ADA),
    data: { userid: ADA, username: { before: 'ada', after: 'Ada' } },
  }
  const emailChanged = (before: string | null, after: string | null, verified: boolean): NewEvent => ({
    type: 'UserEmailChanged',
    ...about(ADA),
    data: { userid: ADA, verified, email: { before, after } },
  })
  const emailVerified = (email: string): NewEvent => ({
    type: 'UserEmailVerified',
    ...about(ADA),
    data: { userid: ADA, email },
  })

  it('renames, also to another spelling of the own name, and voids the links that can still be used', () => {
    given([
      ada,
      userRegistered(BOB, 'bob'),
      pending,
      linkIssued(2, { purpose: 'recovery', userid: ADA, username: 'ada' }),
      linkIssued(3, { purpose: 'sign_in', userid: ADA, username: 'ada', expires_at: EARLIER }),
      linkIssued(4, { purpose: 'sign_in', userid: ADA, username: 'ada' }),
      linkUsed(4, ADA),
      linkIssued(5, { purpose: 'sign_in', userid: ADA, username: 'ada' }),
      linkRevoked(5, ADA, 'administrator'),
      linkIssued(6, { purpose: 'sign_in', userid: BOB, username: 'bob' }),
    ])
      .when('change-user', { userid: ADA, changes: { username: 'Ada' } })
      .then([renamed, linkRevoked(1, ADA, 'credential_changed'), linkRevoked(2, ADA, 'credential_changed')])
  })

  it('refuses the name of somebody else', () => {
    given([ada, userRegistered(BOB, 'bob')])
      .when('change-user', { userid: ADA, changes: { username: 'BOB' } })
      .thenRefused('already_exists', 'username')
  })

  it('takes a changed address as unproven, and voids links', () => {
    given([
      userRegistered(ADA, 'ada', { email: 'a@example.org', email_verified: true }),
      pending,
      signedIn(ADA, 7),
    ])
      .when('change-user', { userid: ADA, changes: { email: 'b@example.org' } })
      .then([
        emailChanged('a@example.org', 'b@example.org', false),
        linkRevoked(1, ADA, 'credential_changed'),
      ])
  })

  it('takes a changed address as proven when the caller says so', () => {
    given([ada])
      .when('change-user', { userid: ADA, changes: { email: 'b@example.org', email_verified: true } })
      .then([emailChanged(null, 'b@example.org', true)])
  })

  it('respells the own proven address', () => {
    given([userRegistered(ADA, 'ada', { email: 'a@example.org', email_verified: true })])
      .when('change-user', { userid: ADA, changes: { email: 'A@example.org', email_verified: true } })
      .then([emailChanged('a@example.org', 'A@example.org', true)])
  })

  it('removes an address', () => {
    given([userRegistered(ADA, 'ada', { email: 'a@example.org', email_verified: true })])
      .when('change-user', { userid: ADA, changes: { email: null } })
      .then([emailChanged('a@example.org', null, false)])
  })

  it('proves the address on the account, and leaves links alone', () => {
    given([userRegistered(ADA, 'ada', { email: 'a@example.org' }), pending])
      .when('change-user', { userid: ADA, changes: { email_verified: true } })
      .then([emailVerified('a@example.org')])
  })

  it('takes a proof back, and voids links', () => {
    given([userRegistered(ADA, 'ada', { email: 'a@example.org', email_verified: true }), pending])
      .when('change-user', { userid: ADA, changes: { email_verified: false } })
      .then([
        emailChanged('a@example.org', 'a@example.org', false),
        linkRevoked(1, ADA, 'credential_changed'),
      ])
  })

  it('refuses a proof of no address', () => {
    given([ada])
      .when('change-user', { userid: ADA, changes: { email_verified: true } })
      .thenRefused('invalid_input')
    given([userRegistered(ADA, 'ada', { email: 'a@example.org' })])
      .when('change-user', { userid: ADA, changes: { email: null, email_verified: true } })
      .thenRefused('invalid_input')
  })

  it('refuses an address as proven that somebody else has proven', () => {
    const bob = userRegistered(BOB, 'bob', { email: 'b@example.org', email_verified: true })
    given([ada, bob])
      .when('change-user', { userid: ADA, changes: { email: 'B@example.org', email_verified: true } })
      .thenRefused('already_exists', 'email')
    given([userRegistered(ADA, 'ada', { email: 'b@example.org' }), bob])
      .when('change-user', { userid: ADA, changes: { email_verified: true } })
      .thenRefused('already_exists', 'email')
  })

  it('takes an unproven address that somebody else has proven', () => {
    given([ada, userRegistered(BOB, 'bob', { email: 'b@example.org', email_verified: true })])
      .when('change-user', { userid: ADA, changes: { email: 'b@example.org' } })
      .then([emailChanged(null, 'b@example.org', false)])
  })

  it('refuses what a field cannot hold, and fields that it does not know', () => {
    for (const changes of [
      { username: 'a b' },
      { email: 'nobody' },
      { userid: BOB },
      { active: null },
      { groups: ['a  b'] },
    ]) {
      given([ada]).whenUnchecked('change-user', { userid: ADA, changes }).thenRefused('invalid_input')
    }
  })
})

describe('change-user: groups and activity', () => {
  const second = userRegistered(BOB, 'bob', { groups: ['admin'] })
  const groupsChanged = (before: string[], after: string[]): NewEvent => ({
    type: 'UserGroupsChanged',
    ...about(ADA),
    data: { userid: ADA, groups: { before, after } },
  })

  it('joins and leaves groups', () => {
    given([userRegistered(ADA, 'ada', { groups: ['a', 'b'] })])
      .when('change-user', { userid: ADA, changes: { groups: ['c', 'b', 'c'] } })
      .then([groupsChanged(['a', 'b'], ['b', 'c'])])
  })

  it('deactivates: links are voided and all sessions end', () => {
    given([
      ada,
      linkIssued(1, { purpose: 'sign_in', userid: ADA, username: 'ada' }),
      signedIn(ADA, 7, EARLIER),
      signedIn(ADA, 8),
      signedIn(ADA, 9),
    ])
      .when('change-user', { userid: ADA, changes: { active: false } })
      .then([
        userDeactivated(ADA),
        linkRevoked(1, ADA, 'user_deactivated'),
        sessionEnded(ADA, 7, 'user_deactivated'),
        sessionEnded(ADA, 8, 'user_deactivated'),
        sessionEnded(ADA, 9, 'user_deactivated'),
      ])
  })

  it('activates again, and only once', () => {
    const activated: NewEvent = { type: 'UserActivated', ...about(ADA), data: { userid: ADA } }
    given([ada, userDeactivated(ADA)])
      .when('change-user', { userid: ADA, changes: { active: true } })
      .then([activated])
    given([ada, userDeactivated(ADA)])
      .when('change-user', { userid: ADA, changes: { active: false } })
      .then([])
  })

  it('keeps the last active administrator', () => {
    for (const changes of [{ active: false }, { groups: ['staff'] }, { groups: [], active: false }]) {
      given([boss]).when('change-user', { userid: ADA, changes }).thenRefused('last_administrator')
      given([boss, second, userDeactivated(BOB)])
        .when('change-user', { userid: ADA, changes })
        .thenRefused('last_administrator')
    }
  })

  it('lets an administrator go while there is another', () => {
    given([boss, second])
      .when('change-user', { userid: ADA, changes: { groups: ['staff'] } })
      .then([groupsChanged(['admin', 'staff'], ['staff'])])
    given([boss, second])
      .when('change-user', { userid: ADA, changes: { active: false } })
      .then([userDeactivated(ADA)])
  })

  it('lets a deactivated administrator leave the group', () => {
    given([boss, second, userDeactivated(ADA)])
      .when('change-user', { userid: ADA, changes: { groups: [] } })
      .then([groupsChanged(['admin', 'staff'], [])])
  })

  it('records a change of everything in a fixed order, with deactivation as the one reason', () => {
    given([ada, linkIssued(1, { purpose: 'sign_in', userid: ADA, username: 'ada' }), signedIn(ADA, 8)])
      .when('change-user', {
        userid: ADA,
        changes: {
          active: false,
          groups: ['a'],
          email: 'a@example.org',
          username: 'countess',
          nickname: 'C',
        },
      })
      .then([
        {
          type: 'UserProfileChanged',
          ...about(ADA),
          data: { userid: ADA, changes: { nickname: { before: null, after: 'C' } } },
        },
        {
          type: 'UsernameChanged',
          ...about(ADA),
          data: { userid: ADA, username: { before: 'ada', after: 'countess' } },
        },
        {
          type: 'UserEmailChanged',
          ...about(ADA),
          data: { userid: ADA, verified: false, email: { before: null, after: 'a@example.org' } },
        },
        groupsChanged([], ['a']),
        userDeactivated(ADA),
        linkRevoked(1, ADA, 'user_deactivated'),
        sessionEnded(ADA, 8, 'user_deactivated'),
      ])
  })
})

describe('verify-user-email', () => {
  const email = 'a@example.org'
  const unproven = userRegistered(ADA, 'ada', { email })
  const verified: NewEvent = { type: 'UserEmailVerified', ...about(ADA), data: { userid: ADA, email } }
  const ways = [
    passwordSet(ADA),
    passkeyRegistered(ADA),
    passkeyRegistered(ADA, PASSKEY_2, { device_name: 'Phone' }),
    signedIn(ADA, 8),
    linkIssued(1, { purpose: 'sign_in', userid: ADA, username: 'ada' }),
  ]

  it('records the proof, and leaves credentials alone', () => {
    given([unproven, ...ways])
      .when('verify-user-email', { userid: ADA, email })
      .then([verified], { userid: ADA })
  })

  it('lets credentials die that were set before the proof, with the sessions and links they gave', () => {
    given([unproven, ...ways])
      .when('verify-user-email', { userid: ADA, email, discard_unproven_credentials: true })
      .then([
        verified,
        passwordRemoved(ADA),
        passkeyRemoved(ADA),
        passkeyRemoved(ADA, PASSKEY_2, 'Phone'),
        sessionEnded(ADA, 8, 'credential_changed'),
        linkRevoked(1, ADA, 'credential_changed'),
      ])
  })

  it('ends no session when there was no credential to discard', () => {
    given([unproven, signedIn(ADA, 8)])
      .when('verify-user-email', { userid: ADA, email, discard_unproven_credentials: true })
      .then([verified])
  })

  it('discards nothing when the address was proven already', () => {
    given([userRegistered(ADA, 'ada', { email, email_verified: true }), ...ways])
      .when('verify-user-email', { userid: ADA, email, discard_unproven_credentials: true })
      .then([], { userid: ADA })
  })

  it('refuses an address that is not on the account, and accounts that do not exist', () => {
    given([unproven])
      .when('verify-user-email', { userid: ADA, email: 'b@example.org' })
      .thenRefused('wrong_state')
    given([ada]).when('verify-user-email', { userid: ADA, email }).thenRefused('wrong_state')
    given([]).when('verify-user-email', { userid: ADA, email }).thenRefused('not_found')
  })

  it('refuses an address that somebody else has proven meanwhile', () => {
    given([unproven, userRegistered(BOB, 'bob', { email: 'A@example.org', email_verified: true })])
      .when('verify-user-email', { userid: ADA, email })
      .thenRefused('already_exists', 'email')
  })
})

describe('erase-user', () => {
  const erased = (link_ids: string[]): NewEvent => ({
    type: 'UserErased',
    ...about(ADA),
    data: { userid: ADA, link_ids },
  })

  it('erases a person with every link that names the person, whatever became of it', () => {
    given([
      ada,
      userRegistered(BOB, 'bob'),
      linkIssued(1, { purpose: 'sign_in', userid: ADA, username: 'ada' }),
      linkIssued(2, { purpose: 'invitation', username: 'ADA' }),
      linkIssued(3, { purpose: 'claim', username: 'administrator' }),
      linkUsed(3, ADA),
      linkIssued(4, { purpose: 'sign_in', userid: BOB, username: 'bob' }),
      linkIssued(5, { purpose: 'sign_in', userid: ADA, username: 'ada', expires_at: EARLIER }),
      linkPurged(5, ADA),
      passwordSet(ADA),
      signedIn(ADA, 8),
    ])
      .when('erase-user', { userid: ADA })
      .then([erased([id(1), id(2), id(3)])], { userid: ADA })
  })

  it('keeps the last active administrator', () => {
    given([boss]).when('erase-user', { userid: ADA }).thenRefused('last_administrator')
    given([boss, userRegistered(BOB, 'bob', { groups: ['admin'] })])
      .when('erase-user', { userid: ADA })
      .then([erased([])])
  })

  it('erases an administrator who is deactivated', () => {
    given([boss, userRegistered(BOB, 'bob', { groups: ['admin'] }), userDeactivated(ADA)])
      .when('erase-user', { userid: ADA })
      .then([erased([])])
  })

  it('refuses somebody who is not there, or not any more', () => {
    given([]).when('erase-user', { userid: ADA }).thenRefused('not_found')
    given([ada, userErased(ADA)])
      .when('erase-user', { userid: ADA })
      .thenRefused('not_found')
  })
})
