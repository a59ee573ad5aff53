import type { FastifyReply, FastifyRequest } from 'fastify'
import { accountOf } from '../../accounts/find-account.ts'
import { issueLink, submitLinkFor } from '../../accounts/issue-link.ts'
import type { MagicLinkService } from '../../authn/magic-link-service.ts'
import type { CommandGateway } from '../../commands/catalogue.ts'
import { confirmationMail } from '../../mail/messages.ts'
import type { MailPort } from '../../mail/port.ts'
import type { Views } from '../../projections/views.ts'
import type { Throttle } from '../guards/throttle.ts'
import { browserHash } from '../login/asking-browser.ts'
import type { Background } from '../reply/background.ts'
import type { Browsers } from '../request/browsers.ts'
import { originOf } from '../request/event-origin.ts'
import type { BrowserSession } from '../request/sessions.ts'

/** What mailing a link that proves an address needs. */
export interface ConfirmationDeps {
  settings: { issuer: string }
  commands: CommandGateway
  views: Views
  links: MagicLinkService
  mail: MailPort
  browsers: Browsers
  throttle: Throttle
  background: Background
}

/**
 * Makes a link that proves the address of the person at this browser, and mails it after the reply. Answers `false`
 * when the address is proven already, when there is none, and when the budget of mails is used up.
 */
export async function mailConfirmation(
  request: FastifyRequest,
  reply: FastifyReply,
  { userid, session }: { userid: string; session: BrowserSession | null },
  deps: ConfirmationDeps,
): Promise<boolean> {
  const browser = deps.browsers.ensure(request, reply)
  const account = accountOf(deps.views, userid)
  const { user } = account
  if (!user?.email || user.email_verified) return false
  const asking = { account, browser, asksAgain: false, isSignedIn: true }
  if (!(await deps.throttle.mails.mayMail(request, asking))) return false
  const link = deps.links.create({ purpose: 'email_verification' })
  const { username, email } = user
  const facts = { userid, username, created_by: userid, email, browser_hash: browserHash(browser, userid) }
  // The page that follows shows the field for its code.
  const actor = { kind: 'user', id: userid } as const
  const { url } = await issueLink(link, facts, {
    settings: deps.settings,
    submit: submitLinkFor(deps.commands, actor, originOf(session, request.id)),
  })
  const message = confirmationMail({ to: email, username, url, code: link.code.reveal() })
  deps.background.run(async () => deps.mail.send(message))
  return true
}
