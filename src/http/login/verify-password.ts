import type { FastifyRequest } from 'fastify'
import type { Account } from '../../accounts/find-account.ts'
import type { PasswordService } from '../../authn/password-service.ts'
import type { CommandGateway } from '../../commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../commands/command.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'
import type { Attempt, Throttle } from '../guards/throttle.ts'
import type { Background } from '../reply/background.ts'
import { originOf } from '../request/event-origin.ts'

/** What checking a password needs. */
export interface PasswordCheckDeps {
  commands: CommandGateway
  views: Views
  passwords: PasswordService
  background: Background
  throttle: Throttle
}

/**
 * Checks a password for an account; answers the user whom it proves, or `null`. The work is the same when nobody has
 * the name, the password is wrong, there is none, the account is deactivated or guessing was stopped.
 *
 * @throws Refusal `overloaded`, `too_many_requests`; such a try does not count.
 */
export async function verifyPassword(
  request: FastifyRequest,
  account: Account,
  password: string,
  deps: PasswordCheckDeps,
): Promise<User | null> {
  const attempt = await deps.throttle.attempt(request, account)
  try {
    return await judge(request, account, password, attempt, deps)
  } finally {
    attempt.end()
  }
}

async function judge(
  request: FastifyRequest,
  { user }: Account,
  password: string,
  attempt: Attempt,
  deps: PasswordCheckDeps,
): Promise<User | null> {
  const stored = user && (deps.views.credentials.passwordOf(user.userid)?.password_hash ?? null)
  let verdict: Awaited<ReturnType<typeof deps.passwords.verify>>
  try {
    verdict = await deps.passwords.verify(password, attempt.allowed ? stored : null, attempt.place)
  } catch (error) {
    await attempt.giveBack()
    throw error
  }
  if (!verdict.ok || !user?.active) {
    attempt.failed()
    return null
  }
  deps.background.run(() => attempt.giveBack())
  if (verdict.needsRehash && stored !== null) rehash(request, user.userid, password, stored, deps)
  return user
}

/** Hashes a password again at the current cost, after the reply; under load a later sign-in does it. */
function rehash(
  request: FastifyRequest,
  userid: string,
  password: string,
  previous_hash: string,
  { background, passwords, commands }: PasswordCheckDeps,
): void {
  background.run(async () => {
    const password_hash = await passwords.hash(password, { lane: 'open', party: `rehash:${userid}` })
    const facts = { userid, password_hash, previous_hash }
    await commands.submit(command('rehash-password', facts, SYSTEM_ACTOR, originOf(null, request.id)))
  })
}
