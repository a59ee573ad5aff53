import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { choosePassword, requireGoodPassword } from '../../accounts/choose-password.ts'
import { DuplicateError, Refusal } from '../../kernel/refusal.ts'
import { invitePage } from '../../views/invite.ts'
import { messagePage } from '../../views/message.ts'
import { handleError } from '../reply/problem.ts'
import { REFUSAL_TABLE } from '../reply/refusal-table.ts'
import { sendPage } from '../reply/send-page.ts'
import { field } from '../request/form.ts'
import { type FieldProblems, readPerson, type TypedPerson } from '../request/person-fields.ts'
import { acceptInvite, landingOf } from './accept.ts'
import { inviteCodeRoutes } from './code.ts'
import type { InviteDeps } from './deps.ts'
import { chosenName, type InviteLink, openInvite } from './open-link.ts'
import { invitePasskeyRoutes } from './passkey.ts'

type InvitePath = { Params: { token: string } }

/** Serves invitations, claims and recoveries: pages on which a person chooses a first or a new credential. */
export function inviteRoutes(app: FastifyInstance, deps: InviteDeps): void {
  app.register(async (invites) => {
    invites.setErrorHandler((error, request, reply) => {
      if (!(error instanceof Refusal) || !error.code.startsWith('link_')) throw error
      if (request.headers['content-type']?.startsWith('application/json')) {
        return handleError(error, request, reply)
      }
      return sendDeadLink(error, reply)
    })

    invites.get<InvitePath>('/invite/:token', async (request, reply) => {
      const { token } = request.params
      const link = await openInvite(token, deps)
      const typed = { given_name: '', family_name: '', email: link.email ?? '' }
      return showInvite(
        request,
        reply,
        { link, token, username: proposedName(link), typed, problems: {} },
        deps,
      )
    })

    invites.post<InvitePath>('/invite/:token', async (request, reply) => {
      const { token } = request.params
      const link = await openInvite(token, deps)
      const { person, typed, problems } = readPerson(request.body, deps.settings)
      const password = field(request.body, 'password')
      const username = link.purpose === 'claim' ? field(request.body, 'username').trim() : link.username
      const known = link.userid === null ? null : deps.views.users.byUserid(link.userid)
      const owner = known ?? { username, ...person }
      const wrong = {
        ...problems,
        ...problemOf('username', () => chosenName(link, request.body)),
        ...problemOf('password', () => requireGoodPassword(password, owner, deps)),
      }
      const form = { link, token, username, typed, problems: wrong }
      if (Object.keys(wrong).length > 0) return showInvite(request, reply, form, deps)
      try {
        const password_hash = await choosePassword(password, owner, deps)
        await acceptInvite(request, reply, { link, username, person, choice: { password_hash } }, deps)
      } catch (error) {
        if (!isAboutTheForm(error)) throw error
        return showInvite(request, reply, form, deps, error)
      }
      return reply.redirect(landingOf(link), 303)
    })

    invitePasskeyRoutes(invites, deps)
    inviteCodeRoutes(invites, deps)
  })
}

/** The name that the field shows at first: none where the person chooses it. */
function proposedName({ purpose, username }: InviteLink): string {
  return purpose === 'claim' ? '' : username
}

/** Tells whether the person can correct the fault in the form. */
function isAboutTheForm(error: unknown): error is Refusal {
  return error instanceof Refusal && (error.code === 'invalid_input' || error.code === 'already_exists')
}

/** Checks a field; answers its fault under its name. */
function problemOf(name: string, judge: () => unknown): FieldProblems {
  try {
    judge()
    return {}
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { [name]: `${error.message}.` }
  }
}

interface InviteForm {
  link: InviteLink
  token: string
  username: string
  typed: TypedPerson
  problems: FieldProblems
}

function showInvite(
  request: FastifyRequest,
  reply: FastifyReply,
  { link, token, username, typed, problems }: InviteForm,
  { csrf, settings }: InviteDeps,
  refusal: Refusal | null = null,
): FastifyReply {
  const isTaken = refusal instanceof DuplicateError && refusal.key === 'username'
  const page = invitePage({
    token,
    csrf: csrf.token(request, reply),
    purpose: link.purpose,
    username,
    expiresAt: link.expires_at,
    typed,
    problems: isTaken ? { ...problems, username: `${refusal.message}.` } : problems,
    leastLength: settings.passwordMinLength,
    problem: refusal && !isTaken ? `${refusal.message}.` : null,
  })
  const isWrong = Object.keys(problems).length > 0
  return sendPage(reply, page, { status: refusal ? REFUSAL_TABLE[refusal.code].status : isWrong ? 400 : 200 })
}

function sendDeadLink(error: Refusal, reply: FastifyReply): FastifyReply {
  const page = messagePage({
    title: 'This link does not work',
    text:
      error.code === 'link_used'
        ? 'It was used already. If it was you, sign in; otherwise ask an administrator for a new one.'
        : 'It has ended, was withdrawn, or was not copied whole. Ask the person who sent it for a new one; if you have an account, you can sign in.',
    next: { href: '/login', label: 'Sign in' },
  })
  return sendPage(reply, page, { status: REFUSAL_TABLE[error.code].status })
}
