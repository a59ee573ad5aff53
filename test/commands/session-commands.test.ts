import { describe, it } from 'vitest'
import {
  ADA,
  BOB,
  EARLIER,
  id,
  LATER,
  sessionEnded,
  signedIn,
  userDeactivated,
  userRegistered,
} from './facts.ts'
import { given, NOW } from './given-when-then.ts'

const ada = userRegistered(ADA, 'ada')
const bob = userRegistered(BOB, 'bob')
const about = { stream: `user-${ADA}`, subject: ADA }

describe('record-sign-in', () => {
  const input = { userid: ADA, session_id: id(7), amr: ['pwd'] as 'pwd'[], expires_at: LATER }

  it('begins a session', () => {
    given([ada])
      .when('record-sign-in', input)
      .then([signedIn(ADA, 7)], { session_id: id(7) })
  })

  it('keeps how and where from', () => {
    const data = {
      ...input,
      amr: ['passkey' as const],
      address: '192.0.2.1',
      device_name: 'Firefox on Linux',
    }
    given([ada, signedIn(ADA, 6)])
      .when('record-sign-in', data)
      .then([{ type: 'SignInSucceeded', ...about, data }])
  })

  it('refuses a user who is unknown or deactivated', () => {
    given([]).when('record-sign-in', input).thenRefused('not_found')
    given([ada, userDeactivated(ADA)])
      .when('record-sign-in', input)
      .thenRefused('user_inactive')
  })

  it('goes on with a session of the same person', () => {
    const data = { ...input, amr: ['passkey' as const], address: null, device_name: null }
    given([ada, signedIn(ADA, 7)])
      .when('record-sign-in', data)
      .then([{ type: 'SignInSucceeded', ...about, data }])
  })

  it('refuses a session that is somebody else’s, or would have ended', () => {
    given([ada, bob, signedIn(BOB, 7)])
      .when('record-sign-in', input)
      .thenRefused('already_exists', 'session_id')
    given([ada])
      .when('record-sign-in', { ...input, expires_at: NOW })
      .thenRefused('invalid_input')
  })

  it('refuses a sign-in without a method, or with one that it does not know', () => {
    given([ada])
      .when('record-sign-in', { ...input, amr: [] })
      .thenRefused('invalid_input')
    given([ada])
      .whenUnchecked('record-sign-in', { ...input, amr: ['magic'] })
      .thenRefused('invalid_input')
  })
})

describe('end-session', () => {
  const input = { session_id: id(7), reason: 'signed_out' } as const

  it('ends a session', () => {
    given([ada, signedIn(ADA, 7), signedIn(ADA, 8)])
      .when('end-session', input)
      .then([sessionEnded(ADA, 7, 'signed_out')], { session_id: id(7) })
  })

  it('refuses one that is unknown, ended, or ran out', () => {
    given([ada]).when('end-session', input).thenRefused('not_found')
    given([ada, signedIn(ADA, 7), sessionEnded(ADA, 7, 'user')])
      .when('end-session', input)
      .thenRefused('not_found')
    given([ada, signedIn(ADA, 7, EARLIER)])
      .when('end-session', input)
      .thenRefused('not_found')
  })
})

describe('end-sessions', () => {
  const past = [ada, bob, signedIn(ADA, 6, EARLIER), signedIn(ADA, 7), signedIn(ADA, 8), signedIn(BOB, 9)]

  it('ends all of one user, also those that ran out: their offline access has not', () => {
    given(past)
      .when('end-sessions', { userid: ADA, reason: 'administrator' })
      .then(
        [6, 7, 8].map((number) => sessionEnded(ADA, number, 'administrator')),
        { userid: ADA, ended: 3 },
      )
  })

  it('keeps the one that is named', () => {
    given(past)
      .when('end-sessions', { userid: ADA, reason: 'user', keep_session: id(8) })
      .then([sessionEnded(ADA, 6, 'user'), sessionEnded(ADA, 7, 'user')], { userid: ADA, ended: 2 })
  })

  it('makes no events when none runs', () => {
    given([ada]).when('end-sessions', { userid: ADA, reason: 'user' }).then([], { userid: ADA, ended: 0 })
  })

  it('refuses somebody who does not exist', () => {
    given([]).when('end-sessions', { userid: ADA, reason: 'user' }).thenRefused('not_found')
  })
})

describe('facts about guessing and replay', () => {
  const failures = { userid: ADA, failures: 5, window_seconds: 300 }
  const throttling = { userid: ADA, until: LATER, reason: 'too many failed sign-ins' }
  const reuse = { userid: ADA, client_id: 'app', kind: 'refresh_token' } as const

  it('are recorded as given', () => {
    const outcome = { userid: ADA }
    given([ada])
      .when('count-sign-in-failures', failures)
      .then([{ type: 'SignInFailuresCounted', ...about, data: failures }], outcome)
    given([ada])
      .when('throttle-sign-in', throttling)
      .then([{ type: 'SignInThrottled', ...about, data: throttling }], outcome)
    given([ada])
      .when('report-token-reuse', reuse)
      .then([{ type: 'TokenReuseDetected', ...about, data: reuse }], outcome)
  })

  it('are refused about somebody who does not exist', () => {
    given([]).when('count-sign-in-failures', failures).thenRefused('not_found')
    given([]).when('throttle-sign-in', throttling).thenRefused('not_found')
    given([]).when('report-token-reuse', reuse).thenRefused('not_found')
  })

  it('are refused when they say nothing', () => {
    given([ada])
      .when('count-sign-in-failures', { ...failures, failures: 0 })
      .thenRefused('invalid_input')
    given([ada])
      .when('throttle-sign-in', { ...throttling, until: 'soon' })
      .thenRefused('invalid_input')
    given([ada])
      .whenUnchecked('report-token-reuse', { ...reuse, kind: 'password' })
      .thenRefused('invalid_input')
  })
})
