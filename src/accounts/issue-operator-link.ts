// Links for a person who has no way in, printed where only the operator can read them.
import type { MagicLinkService } from '../authn/magic-link-service.ts'
import type { CommandGateway } from '../commands/catalogue.ts'
import { SYSTEM_ACTOR } from '../commands/command.ts'
import { hasAdministrator } from '../commands/users/last-administrator.ts'
import type { Actor } from '../events/envelope.ts'
import type { User } from '../projections/users/user.ts'
import type { Views } from '../projections/views.ts'
import { type IssuedLink, issueLink, submitLinkFor } from './issue-link.ts'

/** What issuing such a link needs. */
export interface OperatorLinkDeps {
  settings: { issuer: string }
  commands: CommandGateway
  views: Views
  links: MagicLinkService
}

/** A link to print. */
export type PrintedLink = Pick<IssuedLink, 'url' | 'expires_at'>

/** The name that the claim page proposes; its reader may choose another. */
const PROPOSED_NAME = 'admin'

/**
 * Issues the link by which the first administrator is made, and voids the one before; `null` when there is an
 * administrator.
 */
export async function issueClaim(
  deps: OperatorLinkDeps,
  actor: Actor = SYSTEM_ACTOR,
): Promise<PrintedLink | null> {
  if (hasAdministrator(deps.views)) return null
  return issue(deps, actor, 'claim', { userid: null, username: PROPOSED_NAME })
}

/** Issues a link by which a user who lost every way in gets a new one. @throws Refusal `user_inactive`. */
export async function issueRecovery(
  deps: OperatorLinkDeps,
  { userid, username }: Pick<User, 'userid' | 'username'>,
  actor: Actor,
): Promise<PrintedLink> {
  return issue(deps, actor, 'recovery', { userid, username })
}

async function issue(
  { settings, commands, links }: OperatorLinkDeps,
  actor: Actor,
  purpose: 'claim' | 'recovery',
  whose: { userid: string | null; username: string },
): Promise<PrintedLink> {
  const facts = { ...whose, created_by: actor.id }
  const submit = submitLinkFor(commands, actor)
  const { url, expires_at } = await issueLink(links.create({ purpose }), facts, { settings, submit })
  return { url, expires_at }
}
