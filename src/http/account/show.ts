import type { FastifyReply, FastifyRequest } from 'fastify'
import { isoTime } from '../../kernel/clock.ts'
import type { User } from '../../projections/users/user.ts'
import { accountPage } from '../../views/account.ts'
import { addressProofOf } from '../login/address-proof.ts'
import { sendPage } from '../reply/send-page.ts'
import type { FieldProblems, TypedPerson } from '../request/person-fields.ts'
import type { BrowserSession } from '../request/sessions.ts'
import type { AccountDeps } from './deps.ts'
import { pendingConfirmation } from './pending-confirmation.ts'
import { isFresh, mayAddFirst } from './signed-in.ts'

/** The message about what was just done, by the word in the address. */
const DONE: Readonly<Record<string, string>> = {
  passkey_added: 'The passkey was added.',
  passkey_removed: 'The passkey was removed.',
  passkey_renamed: 'The passkey has a new name.',
  password_set: 'The password was set. Your other sessions have ended.',
  password_removed: 'The password was removed.',
  session_ended: 'The session was ended.',
  sessions_ended: 'You are signed out everywhere else.',
  email_sent: 'A message to confirm the address is on its way.',
  email_later: 'Several messages were sent to this address already; ask for another one in an hour.',
  email_removed: 'The mail address was removed.',
  profile_saved: 'Your name was saved.',
  recovered: 'Your account has its new way in. You are signed out everywhere else.',
  email_verified: 'The address is confirmed.',
}

/** The session, and what was done or went wrong. */
interface AccountState {
  session: BrowserSession
  done?: string
  problem?: string | null
  /** A form of the page that had a fault, to be shown again. */
  form?: { typed?: TypedPerson; problems?: FieldProblems }
}

/** Shows the account of the person who is signed in, with what was done or went wrong. */
export function showAccount(
  request: FastifyRequest,
  reply: FastifyReply,
  { session, done = '', problem = null, form = {} }: AccountState,
  deps: AccountDeps,
): FastifyReply {
  const { views, csrf, clock, settings } = deps
  const user = views.users.byUserid(session.userid)
  if (!user) throw new Error('A session without a user')
  const now = isoTime(clock())
  const confirming = pendingConfirmation(request, user.userid, deps)
  const page = accountPage({
    csrf: csrf.token(request, reply),
    username: user.username,
    profile: profileOf(user),
    address: user.email === null ? null : { email: user.email, verified: user.email_verified },
    confirming: confirming && { removal: addressProofOf(confirming, session, deps)?.removal ?? null },
    mayChangeAddress: isFresh(session, deps),
    typed: form.typed ?? typedOf(user),
    problems: form.problems ?? {},
    recovered: done === 'recovered',
    passkeys: views.credentials.passkeysOf(user.userid).map((passkey) => ({
      id: Buffer.from(passkey.credential_id).toString('base64url'),
      name: passkey.device_name,
      createdAt: passkey.created_at,
      lastUsedAt: passkey.last_used_at,
      oneDevice: !passkey.backup_eligible,
    })),
    passwordSetAt: views.credentials.passwordOf(user.userid)?.created_at ?? null,
    leastLength: settings.passwordMinLength,
    sessions: views.sessions
      .ofUser(user.userid)
      .filter(({ expires_at }) => expires_at > now)
      .map(({ session_id, device_name, address, started_at }) => ({
        id: session_id,
        device: device_name,
        address,
        startedAt: started_at,
        current: session_id === session.sessionId,
      })),
    fresh: isFresh(session, deps) || mayAddFirst(session, deps),
    problem,
    done: DONE[done] ?? null,
  })
  const isRight = problem === null && Object.keys(form.problems ?? {}).length === 0
  return sendPage(reply, page, { status: isRight ? 200 : 400 })
}

/** The name and address of a person, as the forms show them at first. */
function typedOf({ given_name, family_name, email }: User): TypedPerson {
  return { given_name: given_name ?? '', family_name: family_name ?? '', email: email ?? '' }
}

function profileOf(user: User): [string, string][] {
  const name = [user.given_name, user.family_name].filter(Boolean).join(' ')
  const rows: [string, string | null][] = [
    ['User name', user.username],
    ['Name', name === '' ? null : name],
    ['Mail', user.email === null ? null : `${user.email}${user.email_verified ? '' : ' (not confirmed)'}`],
    ['Phone', user.phone_number],
    ['Groups', user.groups.length === 0 ? null : user.groups.join(', ')],
    ['User id', user.userid],
  ]
  return rows.filter((row): row is [string, string] => row[1] !== null)
}
