import type { FastifyReply, FastifyRequest } from 'fastify'
import { accountKey } from '../../accounts/find-account.ts'
import { command } from '../../commands/command.ts'
import { confirmationMail } from '../../mail/messages.ts'
import { browserHash } from '../login/asking-browser.ts'
import type { PageDeps } from '../page-deps.ts'
import { originOf } from '../request/event-origin.ts'
import type { BrowserSession } from '../request/sessions.ts'

/**
 * Makes a link that proves the address of a person who is there with this browser, and mails it after the reply; answers
 * whether it did: not when the address is proven already or there is none, and not beyond the budget of mails.
 */
export async function mailConfirmation(
  request: FastifyRequest,
  reply: FastifyReply,
  { userid, session }: { userid: string; session: BrowserSession | null },
  deps: PageDeps,
): Promise<boolean> {
  const browser = deps.browsers.ensure(request, reply)
  const user = deps.views.users.byUserid(userid)
  if (!user?.email || user.email_verified) return false
  const account = { key: accountKey(userid), user }
  const asking = { account, browser, asksAgain: false, isSignedIn: true }
  if (!(await deps.throttle.mails.mayMail(request, asking))) return false
  const link = deps.links.create({ purpose: 'email_verification' })
  const { username, email } = user
  const facts = {
    link_id: link.link_id,
    token_hash: link.token_hash,
    purpose: link.purpose,
    userid,
    username,
    expires_at: link.expires_at,
    created_by: userid,
    email,
    browser_hash: browserHash(browser, userid),
  }
  // The page that follows shows the field for its code.
  const actor = { kind: 'user', id: userid } as const
  await deps.commands.submit(command('issue-magic-link', facts, actor, originOf(session, request.id)))
  const url = `${deps.settings.issuer}/link/${link.token.reveal()}`
  const message = confirmationMail({ to: email, username, url, code: link.code.reveal() })
  deps.background.run(async () => deps.mail.send(message))
  return true
}
