// Links into the service for whoever has no way in: printed where only its operator can read them.
import type { LinkPurpose, MagicLinkService } from '../authn/magic-link-service.ts'
import type { CommandGateway } from '../commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../commands/command.ts'
import { hasAdministrator } from '../commands/users/last-administrator.ts'
import type { Actor } from '../events/envelope.ts'
import type { User } from '../projections/users/user.ts'
import type { Views } from '../projections/views.ts'

/** What issuing a link needs. */
export interface ClaimDeps {
  settings: { issuer: string }
  commands: CommandGateway
  views: Views
  links: MagicLinkService
}

/** A link to print, once: only its hash is kept. */
export interface PrintedLink {
  url: string
  /** ISO 8601. */
  expires_at: string
}

/** The name that the claim page proposes; its reader may choose another. */
const PROPOSED_NAME = 'admin'

/**
 * Makes the link by which the first administrator is made, and voids the one before; `null` when there is an
 * administrator.
 */
export async function issueClaim(deps: ClaimDeps, actor: Actor = SYSTEM_ACTOR): Promise<PrintedLink | null> {
  if (hasAdministrator(deps.views)) return null
  return issue(deps, actor, { purpose: 'claim', userid: null, username: PROPOSED_NAME })
}

/** Makes a link by which a user who lost every way in gets a new one. @throws Refusal `user_inactive`. */
export async function issueRecovery(
  deps: ClaimDeps,
  { userid, username }: Pick<User, 'userid' | 'username'>,
  actor: Actor,
): Promise<PrintedLink> {
  return issue(deps, actor, { purpose: 'recovery', userid, username })
}

async function issue(
  { settings, commands, links }: ClaimDeps,
  actor: Actor,
  whose: { purpose: LinkPurpose; userid: string | null; username: string },
): Promise<PrintedLink> {
  const { link_id, token, token_hash, expires_at } = links.create({ purpose: whose.purpose })
  const facts = { link_id, token_hash, expires_at, created_by: actor.id, ...whose }
  await commands.submit(command('issue-magic-link', facts, actor))
  return { url: `${settings.issuer}/invite/${token.reveal()}`, expires_at }
}
