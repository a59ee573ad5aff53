import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CommandInput } from '../../commands/catalogue.ts'
import { command } from '../../commands/command.ts'
import { generateUniqueUserid } from '../../kernel/userid.ts'
import { mailConfirmation } from '../account/confirmation-link.ts'
import { completeSignIn } from '../login/complete.ts'
import { originOf } from '../request/event-origin.ts'
import { LANDING } from '../request/local-path.ts'
import type { PersonFields } from '../request/person-fields.ts'
import type { InviteDeps } from './deps.ts'
import type { InviteLink } from './open-link.ts'

type Accepting = CommandInput<'accept-invitation'>

/** The credential that a person chose on the page; a passkey comes with the user handle that it was made for. */
export type Choice =
  | { password_hash: string }
  | { passkey: NonNullable<Accepting['passkey']>; webauthn_user_id: string }

/** What a person typed and chose on the page. */
interface Acceptance {
  link: InviteLink
  username: string
  person: PersonFields
  choice: Choice
}

/**
 * Uses an invitation, claim or recovery up with the chosen credential, and signs its person in.
 *
 * @throws Refusal `link_*`; DuplicateError `username`, `credential_id`.
 */
export async function acceptInvite(
  request: FastifyRequest,
  reply: FastifyReply,
  { link, username, person, choice }: Acceptance,
  deps: InviteDeps,
): Promise<void> {
  const userid = await (link.purpose === 'recovery'
    ? recover(request, link, choice, deps)
    : open(request, { link, username, person, choice }, deps))
  const amr = 'passkey' in choice ? (['passkey'] as const) : (['pwd'] as const)
  await completeSignIn(reply, { userid, amr, interaction: null }, deps)
  if (link.purpose !== 'recovery') await mailConfirmation(request, reply, { userid, session: null }, deps)
}

/** Names where the page leads: after a recovery the account page also lists the older credentials. */
export function landingOf({ purpose }: InviteLink): string {
  return purpose === 'recovery' ? `${LANDING}?done=recovered` : LANDING
}

async function open(
  request: FastifyRequest,
  { link, username, person, choice }: Acceptance,
  { commands, views }: InviteDeps,
): Promise<string> {
  const userid = await generateUniqueUserid(views.streams)
  const facts: Accepting = {
    token_hash: link.token,
    userid,
    username: link.purpose === 'claim' ? username : null,
    ...person,
    ...choice,
  }
  const accepting = command(
    'accept-invitation',
    facts,
    { kind: 'user', id: userid },
    originOf(null, request.id),
  )
  await commands.submit(accepting)
  return userid
}

async function recover(
  request: FastifyRequest,
  link: InviteLink,
  choice: Choice,
  deps: InviteDeps,
): Promise<string> {
  const credential = 'passkey' in choice ? { passkey: choice.passkey } : choice
  const actor = { kind: 'user', id: link.userid ?? 'anonymous' } as const
  const { outcome } = await deps.commands.submit(
    command('recover-account', { token_hash: link.token, ...credential }, actor, originOf(null, request.id)),
  )
  return outcome.userid
}
