import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf } from '../../accounts/principal.ts'
import { command } from '../../commands/command.ts'
import { addressProofOf, proveAddress } from '../login/address-proof.ts'
import { typesCode } from '../login/typed-code.ts'
import { originOf } from '../request/event-origin.ts'
import { field } from '../request/form.ts'
import { readPerson } from '../request/person-fields.ts'
import type { BrowserSession } from '../request/sessions.ts'
import { mailConfirmation } from './confirmation-link.ts'
import type { AccountDeps } from './deps.ts'
import { pendingConfirmation } from './pending-confirmation.ts'
import { showAccount } from './show.ts'
import { requireFresh, requireSession } from './signed-in.ts'

const WRONG_CODE = 'This code is not right, or it has ended.'
const TAKEN = 'Another account has this mail address already.'

/** Serves the forms by which a person gives, changes and proves a mail address. */
export function emailRoutes(app: FastifyInstance, deps: AccountDeps): void {
  const { commands } = deps

  app.post('/account/email', async (request, reply) => {
    const session = await requireSession(request, deps)
    requireFresh(session, deps)
    const { person, typed, problems } = readPerson(request.body, deps.settings)
    if (problems.email) return showAccount(request, reply, { session, form: { typed, problems } }, deps)
    const { userid } = session
    const facts = { userid, changes: { email: person.email } }
    await commands.submit(command('change-user', facts, actorOf(session), originOf(session, request.id)))
    const sent = await mailConfirmation(request, reply, { userid, session }, deps)
    const done = person.email === null ? 'email_removed' : afterAsking(sent, userid, deps)
    return reply.redirect(`/account?done=${done}`, 303)
  })

  app.post('/account/email/verify', async (request, reply) => {
    const session = await requireSession(request, deps)
    const { userid } = session
    const sent = await mailConfirmation(request, reply, { userid, session }, deps)
    return reply.redirect(`/account?done=${afterAsking(sent, userid, deps)}`, 303)
  })

  app.post('/account/email/code', async (request, reply) => {
    const session = await requireSession(request, deps)
    const problem = await confirmByCode(request, session, deps)
    if (problem === null) return reply.redirect('/account?done=email_verified', 303)
    return showAccount(request, reply, { session, ...problem }, deps)
  })
}

/** Names the answer to a person who asked for a message to confirm the address. */
function afterAsking(sent: boolean, userid: string, { views }: AccountDeps): string {
  if (sent) return 'email_sent'
  return views.users.byUserid(userid)?.email_verified ? 'email_verified' : 'email_later'
}

/** Proves the address by the code of the message; answers what is wrong, to be shown, or `null`. */
async function confirmByCode(
  request: FastifyRequest,
  session: BrowserSession,
  deps: AccountDeps,
): Promise<{ problem?: string; form?: { problems: { code: string } } } | null> {
  const link = pendingConfirmation(request, session.userid, deps)
  const isRight = link !== null && (await typesCode(link.link_id, field(request.body, 'code'), deps))
  const proof = link && addressProofOf(link, session, deps)
  if (!isRight || !proof) return { form: { problems: { code: WRONG_CODE } } }
  const { removal } = proof
  // A form removes only what its page showed.
  if (removal && field(request.body, 'removes') !== removal.key) {
    return {
      problem: 'Something changed on the account; please read what will be removed, and type the code again.',
    }
  }
  if (!proof.proves && !proof.user.email_verified) return { problem: TAKEN }
  const use = { token_hash: link.token, purpose: 'email_verification' as const }
  const origin = originOf(session, request.id)
  await deps.commands.submit(command('use-magic-link', use, actorOf(session), origin))
  await proveAddress(proof, { requestId: request.id, session }, deps)
  return null
}
