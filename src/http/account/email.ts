import type { FastifyInstance } from 'fastify'
import { command } from '../../commands/command.ts'
import { accountKey } from '../accounts.ts'
import { browserHash } from '../login/asking-browser.ts'
import { confirmationMail } from '../mails.ts'
import { originOf } from '../origin.ts'
import type { PageDeps } from '../page-deps.ts'
import { actorOf } from '../principal.ts'
import { requireSession } from './signed-in.ts'

/** Serves the request for a link that proves the own address. */
export function emailRoutes(app: FastifyInstance, deps: PageDeps): void {
  app.post('/account/email/verify', async (request, reply) => {
    const session = await requireSession(request, deps)
    const user = deps.views.users.byUserid(session.userid)
    const browser = deps.browsers.ensure(request, reply)
    deps.background.run(async () => {
      if (!user?.email || user.email_verified) return
      const account = { key: accountKey(user.userid), user }
      const asking = { account, browser, asksAgain: false, isSignedIn: true }
      if (!(await deps.throttle.mails.mayMail(request, asking))) return
      const link = deps.links.create({ purpose: 'email_verification' })
      const facts = {
        link_id: link.link_id,
        token_hash: link.token_hash,
        purpose: link.purpose,
        userid: user.userid,
        username: user.username,
        expires_at: link.expires_at,
        created_by: user.userid,
        email: user.email,
        browser_hash: browserHash(browser, user.userid),
      }
      const origin = originOf(session, request.id)
      await deps.commands.submit(command('issue-magic-link', facts, actorOf(session), origin))
      const url = `${deps.settings.issuer}/link/${link.token.reveal()}`
      await deps.mail.send(
        confirmationMail({ to: user.email, username: user.username, url, code: link.code.reveal() }),
      )
    })
    return reply.redirect('/account?done=email_sent', 303)
  })
}
