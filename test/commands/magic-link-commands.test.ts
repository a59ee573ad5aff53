import { describe, it } from 'vitest'
import { LINK_PURPOSES } from '../../src/events/magic-link.ts'
import {
  ADA,
  BOB,
  EARLIER,
  id,
  LATER,
  linkIssued,
  linkPurged,
  linkRevoked,
  linkUsed,
  token,
  userDeactivated,
  userRegistered,
} from './facts.ts'
import { given, NOW } from './given-when-then.ts'

const ada = userRegistered(ADA, 'ada')
const bob = userRegistered(BOB, 'bob')
const forAda = { userid: ADA, username: 'ada' }

describe('issue-magic-link', () => {
  const signIn = {
    link_id: id(9),
    token_hash: token(9),
    purpose: 'sign_in',
    ...forAda,
    expires_at: LATER,
  } as const
  const invitation = { ...signIn, purpose: 'invitation', userid: null, username: 'grace' } as const
  const claim = { ...invitation, purpose: 'claim', username: 'administrator' } as const

  it.each(['sign_in', 'recovery', 'email_verification'] as const)(
    'issues a link to a user: %s',
    (purpose) => {
      given([ada])
        .when('issue-magic-link', { ...signIn, purpose })
        .then([linkIssued(9, { ...forAda, purpose })], { link_id: id(9) })
    },
  )

  it('issues an invitation with its note, maker and groups, once each and in order', () => {
    const fields = { created_by: ADA, note: 'Welcome', groups: ['a', 'b'] }
    given([ada])
      .when('issue-magic-link', { ...invitation, ...fields, groups: ['b', 'a', 'b'] })
      .then([linkIssued(9, fields)], { link_id: id(9) })
  })

  it('voids older links of the user for the same purpose, and no others', () => {
    given([
      ada,
      bob,
      linkIssued(1, { ...forAda, purpose: 'sign_in' }),
      linkIssued(2, { ...forAda, purpose: 'recovery' }),
      linkIssued(3, { ...forAda, purpose: 'sign_in', expires_at: EARLIER }),
      linkIssued(4, { ...forAda, purpose: 'sign_in' }),
      linkUsed(4, ADA),
      linkIssued(5, { userid: BOB, username: 'bob', purpose: 'sign_in' }),
    ])
      .when('issue-magic-link', signIn)
      .then([linkRevoked(1, ADA, 'replaced'), linkIssued(9, { ...forAda, purpose: 'sign_in' })])
  })

  it('voids older invitations under the same name in any spelling', () => {
    given([
      linkIssued(1, { username: 'Grace' }),
      linkIssued(2, { username: 'linus' }),
      linkIssued(3, { purpose: 'claim' }),
    ])
      .when('issue-magic-link', invitation)
      .then([linkRevoked(1, null, 'replaced'), linkIssued(9)])
  })

  it('refuses to invite under a name that is taken', () => {
    given([ada])
      .when('issue-magic-link', { ...invitation, username: 'ADA' })
      .thenRefused('already_exists', 'username')
  })

  it('issues a claim while nobody administers the service, and voids the one before', () => {
    const deactivated = userRegistered(ADA, 'ada', { groups: ['admin'] })
    given([deactivated, userDeactivated(ADA), linkIssued(1, { purpose: 'claim', username: 'administrator' })])
      .when('issue-magic-link', claim)
      .then([
        linkRevoked(1, null, 'replaced'),
        linkIssued(9, { purpose: 'claim', username: 'administrator' }),
      ])
    given([userRegistered(ADA, 'ada', { groups: ['admin'] })])
      .when('issue-magic-link', claim)
      .thenRefused('wrong_state')
  })

  it('refuses a user who is unknown, deactivated, or called otherwise', () => {
    given([]).when('issue-magic-link', signIn).thenRefused('not_found')
    given([ada, userDeactivated(ADA)])
      .when('issue-magic-link', signIn)
      .thenRefused('user_inactive')
    given([ada])
      .when('issue-magic-link', { ...signIn, username: 'bob' })
      .thenRefused('invalid_input')
  })

  it('refuses an id or token that a link had', () => {
    given([ada, linkIssued(1)])
      .when('issue-magic-link', { ...signIn, token_hash: token(1) })
      .thenRefused('already_exists', 'token')
    given([ada, linkIssued(9, { expires_at: EARLIER }), linkPurged(9, null)])
      .when('issue-magic-link', signIn)
      .thenRefused('already_exists', 'link_id')
  })

  it('refuses an end that has come, or is missing', () => {
    given([ada])
      .when('issue-magic-link', { ...signIn, expires_at: NOW })
      .thenRefused('invalid_input')
    const { expires_at: _, ...endless } = signIn
    given([ada]).whenUnchecked('issue-magic-link', endless).thenRefused('invalid_input')
  })

  it('refuses an invitation for a user, and any other link for nobody', () => {
    for (const purpose of ['invitation', 'claim'] as const) {
      given([ada])
        .when('issue-magic-link', { ...signIn, purpose })
        .thenRefused('invalid_input')
    }
    for (const purpose of ['sign_in', 'recovery', 'email_verification'] as const) {
      given([ada])
        .when('issue-magic-link', { ...invitation, purpose })
        .thenRefused('invalid_input')
    }
  })

  it('refuses groups on a link that opens no account', () => {
    given([ada])
      .when('issue-magic-link', { ...signIn, groups: ['admin'] })
      .thenRefused('invalid_input')
  })
})

describe('use-magic-link', () => {
  const issued = linkIssued(1, { ...forAda, purpose: 'sign_in' })
  const use = { token_hash: token(1), purpose: 'sign_in' } as const
  const outcome = { link_id: id(1), userid: ADA }

  it('uses a link, whether or not its user is named', () => {
    given([ada, issued])
      .when('use-magic-link', use)
      .then([linkUsed(1, ADA)], outcome)
    given([ada, issued])
      .when('use-magic-link', { ...use, userid: ADA })
      .then([linkUsed(1, ADA)], outcome)
  })

  it('uses a link that has no user, for the user who is named', () => {
    const accept = { token_hash: token(2), purpose: 'invitation' } as const
    given([linkIssued(2)])
      .when('use-magic-link', accept)
      .then([linkUsed(2, null)], { link_id: id(2), userid: null })
    given([ada, linkIssued(2)])
      .when('use-magic-link', { ...accept, userid: ADA })
      .then([linkUsed(2, ADA)], { link_id: id(2), userid: ADA })
  })

  it('refuses a token that is unknown, withdrawn, or somebody else’s', () => {
    given([ada]).when('use-magic-link', use).thenRefused('link_invalid')
    given([ada, issued, linkRevoked(1, ADA, 'administrator')])
      .when('use-magic-link', use)
      .thenRefused('link_invalid')
    given([ada, issued])
      .when('use-magic-link', { ...use, userid: BOB })
      .thenRefused('link_invalid')
  })

  it.each(LINK_PURPOSES.filter((purpose) => purpose !== 'sign_in'))(
    'refuses a sign-in link as %s',
    (purpose) => {
      given([ada, issued])
        .when('use-magic-link', { ...use, purpose })
        .thenRefused('link_invalid')
    },
  )

  it('refuses a link at the very moment of its end, and lets it pass just before', () => {
    given([ada, issued]).when('use-magic-link', use, { now: LATER }).thenRefused('link_expired')
    given([ada, issued])
      .when('use-magic-link', use, { now: '2030-01-01T23:59:59.999Z' })
      .then([linkUsed(1, ADA)])
  })

  it('refuses a second use, also after the end', () => {
    given([ada, issued, linkUsed(1, ADA)])
      .when('use-magic-link', use)
      .thenRefused('link_used')
    given([ada, issued, linkUsed(1, ADA)])
      .when('use-magic-link', use, { now: LATER })
      .thenRefused('link_used')
  })
})

describe('revoke-magic-link', () => {
  const issued = linkIssued(1, { ...forAda, purpose: 'sign_in' })

  it('withdraws a link', () => {
    given([ada, issued])
      .when('revoke-magic-link', { link_id: id(1) })
      .then([linkRevoked(1, ADA, 'administrator')], { link_id: id(1) })
    given([linkIssued(2)])
      .when('revoke-magic-link', { link_id: id(2) })
      .then([linkRevoked(2, null, 'administrator')])
  })

  it('makes no event for one that ended already', () => {
    given([ada, issued, linkRevoked(1, ADA, 'replaced')])
      .when('revoke-magic-link', { link_id: id(1) })
      .then([])
    given([ada, issued])
      .when('revoke-magic-link', { link_id: id(1) }, { now: LATER })
      .then([])
  })

  it('refuses one that was used, is unknown, or was cleared away', () => {
    given([ada, issued, linkUsed(1, ADA)])
      .when('revoke-magic-link', { link_id: id(1) })
      .thenRefused('link_used')
    given([])
      .when('revoke-magic-link', { link_id: id(1) })
      .thenRefused('not_found')
    given([ada, issued, linkPurged(1, ADA)])
      .when('revoke-magic-link', { link_id: id(1) })
      .thenRefused('not_found')
  })
})

describe('purge-magic-links', () => {
  const past = [
    ada,
    linkIssued(1, { expires_at: NOW }),
    linkIssued(2, { ...forAda, purpose: 'sign_in', expires_at: EARLIER }),
    linkIssued(3, { username: 'linus' }),
    linkIssued(4, { username: 'linus' }),
    linkUsed(4, null),
    linkIssued(5, { username: 'ken', expires_at: EARLIER }),
    linkUsed(5, ADA),
    linkIssued(6, { username: 'rob', expires_at: '2030-01-01T07:00:00.000Z' }),
    linkRevoked(6, null, 'administrator'),
  ]

  it('clears away what has ended, the oldest first, and keeps a used link until its end', () => {
    given(past)
      .when('purge-magic-links', {})
      .then([linkPurged(2, ADA), linkPurged(5, ADA), linkPurged(6, null), linkPurged(1, null)], { purged: 4 })
  })

  it('clears away no more than it may at once', () => {
    given(past)
      .when('purge-magic-links', { limit: 1 })
      .then([linkPurged(2, ADA)], { purged: 1 })
    given(past).when('purge-magic-links', { limit: 0 }).thenRefused('invalid_input')
  })

  it('clears away only what had ended by a time, and never what has not ended yet', () => {
    given(past)
      .when('purge-magic-links', { ended_by: EARLIER })
      .then([linkPurged(2, ADA), linkPurged(5, ADA)], { purged: 2 })
    given(past)
      .when('purge-magic-links', { ended_by: '2099-01-01T00:00:00.000Z' })
      .then([linkPurged(2, ADA), linkPurged(5, ADA), linkPurged(6, null), linkPurged(1, null)], { purged: 4 })
  })

  it('makes no events when nothing has ended', () => {
    given([linkIssued(3)])
      .when('purge-magic-links', {})
      .then([], { purged: 0 })
  })
})
