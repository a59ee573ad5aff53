import { describe, it } from 'vitest'
import type { Setter } from '../../src/events/credential.ts'
import type { Actor, NewEvent } from '../../src/events/envelope.ts'
import {
  ADA,
  BOB,
  HASH,
  linkIssued,
  linkRevoked,
  OTHER_HASH,
  PASSKEY,
  PASSKEY_2,
  PUBLIC_KEY,
  passkeyRegistered,
  passkeyRemoved,
  passwordRemoved,
  passwordSet,
  token,
  userRegistered,
} from './facts.ts'
import { given } from './given-when-then.ts'

const EMAIL = 'ada@example.org'
const HERSELF: Actor = { kind: 'user', id: ADA }
const ACTORS: readonly (readonly [string, Actor])[] = [
  ['an administrator', { kind: 'user', id: BOB }],
  ['the command line', { kind: 'cli', id: 'root' }],
  ['a program of her id', { kind: 'client', id: ADA }],
  ['the person', HERSELF],
]
const held = (setter: Setter): NewEvent => passkeyRegistered(ADA, PASSKEY, { set_by: setter })
const ACCOUNTS: readonly (readonly [string, NewEvent[], Setter])[] = [
  ['an account without credentials', [userRegistered(ADA, 'ada', { email: EMAIL })], 'owner'],
  ['an account with a credential of the owner', [userRegistered(ADA, 'ada'), held('owner')], 'owner'],
  ['an account with a credential of other hands', [userRegistered(ADA, 'ada'), held('other')], 'other'],
  [
    'an account with credentials of both',
    [userRegistered(ADA, 'ada'), held('owner'), passwordSet(ADA)],
    'other',
  ],
  [
    'an account with a proven address',
    [userRegistered(ADA, 'ada', { email: EMAIL, email_verified: true }), held('other')],
    'owner',
  ],
]
const cases = ACTORS.flatMap(([who, actor]) =>
  ACCOUNTS.map(([account, events, byHerself]) => ({
    who,
    actor,
    account,
    events,
    expected: actor === HERSELF ? byHerself : ('other' as const),
  })),
)

describe('M11 whose a new credential is', () => {
  it.each(cases)('$account, set by $who: $expected', ({ actor, events, expected }) => {
    given(events)
      .when('set-password', { userid: ADA, password_hash: OTHER_HASH }, { actor })
      .then([passwordSet(ADA, OTHER_HASH, expected)])
    given(events)
      .when('register-passkey', { userid: ADA, credential_id: PASSKEY_2, public_key: PUBLIC_KEY }, { actor })
      .then([passkeyRegistered(ADA, PASSKEY_2, { set_by: expected })])
  })
})

describe('M11 verify-user-email', () => {
  const input = { userid: ADA, email: EMAIL, discard_unproven_credentials: true }
  const verified: NewEvent = {
    type: 'UserEmailVerified',
    stream: `user-${ADA}`,
    subject: ADA,
    data: { userid: ADA, email: EMAIL },
  }
  const other = passkeyRegistered(ADA, PASSKEY_2)

  it.each([
    ['a member', [], true],
    ['the last administrator', ['admin'], false],
  ] as const)('of %s takes off only what other hands may have set', (_who, groups, discards) => {
    const ada = userRegistered(ADA, 'ada', { email: EMAIL, groups: [...groups] })
    given([ada, held('owner'), other, passwordSet(ADA)])
      .when('verify-user-email', input)
      .then(discards ? [verified, passwordRemoved(ADA), passkeyRemoved(ADA, PASSKEY_2)] : [verified])
    given([ada, held('owner'), passwordSet(ADA, HASH, 'owner')])
      .when('verify-user-email', input)
      .then([verified])
  })

  it('of one of two administrators takes them off', () => {
    const admins = [
      userRegistered(ADA, 'ada', { email: EMAIL, groups: ['admin'] }),
      userRegistered(BOB, 'bob', { groups: ['admin'] }),
    ]
    given([...admins, passwordSet(ADA)])
      .when('verify-user-email', input)
      .then([verified, passwordRemoved(ADA)])
  })
})

describe('M10 a first credential', () => {
  it.each([
    ['a password', passwordSet(ADA, HASH, 'owner')],
    ['a passkey', held('owner')],
  ])('is refused once there is %s', (_what, event) => {
    const events = [userRegistered(ADA, 'ada'), event]
    const passkey = { credential_id: PASSKEY_2, public_key: PUBLIC_KEY }
    given(events)
      .when('set-password', { userid: ADA, password_hash: HASH, first: true })
      .thenRefused('proof_needed')
    given(events)
      .when('register-passkey', { userid: ADA, ...passkey, first: true })
      .thenRefused('proof_needed')
  })
})

describe('M7 issue-magic-link', () => {
  const ada = userRegistered(ADA, 'ada', { email: EMAIL })
  const here = 'a'.repeat(64)
  const there = 'b'.repeat(64)
  const pending = (n: number, browser_hash: string | null) =>
    linkIssued(n, { purpose: 'sign_in', userid: ADA, username: 'ada', browser_hash })
  const asking = (browser_hash: string | null) => ({
    link_id: '01900000-0000-7000-8000-000000000099',
    token_hash: token(99),
    purpose: 'sign_in' as const,
    userid: ADA,
    username: 'ada',
    expires_at: '2030-01-01T12:10:00.000Z',
    browser_hash,
  })
  const issued = (browser_hash: string | null) =>
    linkIssued(99, { ...asking(browser_hash), link_id: asking(null).link_id })

  it.each([
    ['the same browser', here, 1],
    ['another browser', 'c'.repeat(64), null],
    ['an administrator', null, 3],
  ] as const)('asked for by %s voids only its own older ones', (_who, browser, voided) => {
    given([ada, pending(1, here), pending(2, there), pending(3, null)])
      .when('issue-magic-link', asking(browser))
      .then([...(voided === null ? [] : [linkRevoked(voided, ADA, 'replaced')]), issued(browser)])
  })

  it('is refused beyond so many living ones, unless it takes the place of one', () => {
    const many = Array.from({ length: 32 }, (_, n) => pending(n + 1, String(n).padStart(64, '0')))
    given([ada, ...many])
      .when('issue-magic-link', asking(here))
      .thenRefused('overloaded')
    given([ada, ...many])
      .when('issue-magic-link', asking('0'.repeat(64)))
      .then([linkRevoked(1, ADA, 'replaced'), issued('0'.repeat(64))])
  })
})
