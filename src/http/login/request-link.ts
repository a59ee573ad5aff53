import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Account, findAccount } from '../../accounts/find-account.ts'
import { issueLink, linkUrl, submitLinkFor } from '../../accounts/issue-link.ts'
import type { NewLink } from '../../authn/magic-link-service.ts'
import { SYSTEM_ACTOR } from '../../commands/command.ts'
import { signInMail } from '../../mail/messages.ts'
import type { User } from '../../projections/users/user.ts'
import { writeDecoy } from '../guards/decoy.ts'
import { originOf } from '../request/event-origin.ts'
import { field } from '../request/form.ts'
import { browserHash } from './asking-browser.ts'
import type { LoginDeps } from './deps.ts'
import { type Flow, flowOf } from './flow.ts'
import { linkRequests } from './link-requests.ts'

/** The maker of links that people asked for on the sign-in page. */
const ASKED_FOR = 'sign-in page'

/** The recipient of a mail that is rendered and not sent (RFC 6761 §6.4). */
const NOBODY = 'nobody@nowhere.invalid'

/** Serves the request for a mailed link. For any name the reply is the same and does not wait. */
export function linkRequestRoutes(app: FastifyInstance, deps: LoginDeps, path: string): void {
  const requests = linkRequests(deps.documents)

  app.post(`${path}/link`, async (request, reply) => {
    await deps.admission.admit('link_request', { address: request.ip, browser: deps.browsers.of(request) })
    const flow = await flowOf(request, reply, deps)
    const account = findAccount(deps.views, field(request.body, 'username'))
    const link = deps.links.create({ purpose: 'sign_in' })
    const browser = deps.browsers.ensure(request, reply)
    const asksAgain = (await requests.of(browser))?.account === account.key
    await requests.keep(
      browser,
      {
        link_id: link.link_id,
        account: account.key,
        userid: account.user?.userid ?? null,
        target: flow.target,
        interaction: flow.interaction,
        form_targets: [...flow.formTargets],
      },
      link.expires_at,
    )
    deps.background.later(() => mailLink(request, account, { link, browser, asksAgain }, flow, deps))
    return reply.redirect(`${flow.action}/code`, 303)
  })
}

/**
 * Makes and mails the link. Without a recipient the same amount is written and rendered, and the caller cannot know
 * the moment: the time of later requests must not show which names exist.
 */
async function mailLink(
  request: FastifyRequest,
  account: Account,
  { link, browser, asksAgain }: { link: NewLink; browser: string; asksAgain: boolean },
  flow: Flow,
  deps: LoginDeps,
): Promise<void> {
  // Counted for every name, so that the budget does not show which names exist either.
  const mail = { account, browser, asksAgain, isSignedIn: false }
  const isWithin = await deps.throttle.mails.mayMail(request, mail)
  const { user } = account
  const recipient = isWithin && user?.active && user.email !== null ? { ...user, email: user.email } : null
  if (recipient) await issue(request, { ...recipient, browser }, link, flow, deps)
  else await writeDecoy(deps)
  const message = signInMail({
    to: recipient?.email ?? NOBODY,
    username: recipient?.username ?? NOBODY,
    url: linkUrl(deps.settings.issuer, link.purpose, link.token),
    code: link.code.reveal(),
    application: flow.application,
  })
  await (recipient ? deps.mail.send(message) : deps.mail.rehearse(message))
}

async function issue(
  request: FastifyRequest,
  { userid, username, email, browser }: User & { browser: string },
  link: NewLink,
  flow: Flow,
  { commands, settings }: LoginDeps,
): Promise<void> {
  const facts = { userid, username, created_by: ASKED_FOR, email, browser_hash: browserHash(browser, userid) }
  const origin = { ...originOf(null, request.id), flow: flow.interaction }
  await issueLink(link, facts, { settings, submit: submitLinkFor(commands, SYSTEM_ACTOR, origin) })
}
