import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../kernel/refusal.ts'
import { invitePage } from '../../views/invite.ts'
import { messagePage } from '../../views/message.ts'
import { field } from '../form.ts'
import { LANDING } from '../local-path.ts'
import { sendPage } from '../page.ts'
import type { PageDeps } from '../page-deps.ts'
import { choosePassword } from '../password-choice.ts'
import { handleError } from '../problem.ts'
import { REFUSAL_TABLE } from '../refusal-table.ts'
import { acceptInvite } from './accept.ts'
import { chosenName, type InviteLink, openInvite } from './open-link.ts'
import { invitePasskeyRoutes } from './passkey.ts'

type InvitePath = { Params: { token: string } }

/** Serves invitations, claims and recoveries: pages on which somebody chooses a first or a new credential. */
export function inviteRoutes(app: FastifyInstance, deps: PageDeps): void {
  app.register(async (invites) => {
    invites.setErrorHandler((error, request, reply) => {
      if (!(error instanceof Refusal) || !error.code.startsWith('link_')) throw error
      if (request.headers['content-type']?.startsWith('application/json')) {
        return handleError(error, request, reply)
      }
      return sendDeadLink(error, reply)
    })

    invites.get<InvitePath>('/invite/:token', async (request, reply) => {
      const link = await openInvite(request.params.token, deps)
      const { token } = request.params
      return showInvite(request, reply, { link, token, username: proposedName(link) }, deps)
    })

    invites.post<InvitePath>('/invite/:token', async (request, reply) => {
      const { token } = request.params
      const link = await openInvite(token, deps)
      try {
        const username = chosenName(link, request.body)
        const password_hash = await choosePassword(field(request.body, 'password'), { username }, deps)
        await acceptInvite(request, reply, { link, username, choice: { password_hash } }, deps)
      } catch (error) {
        if (!isAboutTheForm(error)) throw error
        const username = link.purpose === 'claim' ? field(request.body, 'username') : link.username
        return showInvite(request, reply, { link, token, username }, deps, error)
      }
      return reply.redirect(LANDING, 303)
    })

    invitePasskeyRoutes(invites, deps)
  })
}

/** The name that stands in the field at first: none where it is to be chosen. */
function proposedName({ purpose, username }: InviteLink): string {
  return purpose === 'claim' ? '' : username
}

/** Tells whether the person can mend it by filling in the form otherwise. */
function isAboutTheForm(error: unknown): error is Refusal {
  return error instanceof Refusal && (error.code === 'invalid_input' || error.code === 'already_exists')
}

function showInvite(
  request: FastifyRequest,
  reply: FastifyReply,
  { link, token, username }: { link: InviteLink; token: string; username: string },
  { csrf, settings }: PageDeps,
  problem: Refusal | null = null,
): FastifyReply {
  const page = invitePage({
    token,
    csrf: csrf.token(request, reply),
    purpose: link.purpose,
    username,
    leastLength: settings.passwordMinLength,
    problem: problem && `${problem.message}.`,
  })
  return sendPage(reply, page, { status: problem ? REFUSAL_TABLE[problem.code].status : 200 })
}

function sendDeadLink(error: Refusal, reply: FastifyReply): FastifyReply {
  const page = messagePage({
    title: 'This link does not work',
    text:
      error.code === 'link_used'
        ? 'It was used already. If it was you, sign in; otherwise ask an administrator for a new one.'
        : 'It has ended, was withdrawn, or was not copied whole. Ask whoever sent it for a new one; if you have an account, you can sign in.',
    next: { href: '/login', label: 'Sign in' },
  })
  return sendPage(reply, page, { status: REFUSAL_TABLE[error.code].status })
}
