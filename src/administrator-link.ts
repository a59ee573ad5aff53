import { linkLifetime } from './authn/magic-link-lifetime.ts'
import type { CommandGateway } from './commands/catalogue.ts'
import { command } from './commands/command.ts'
import { ADMINISTRATORS, hasAdministrator } from './commands/last-administrator.ts'
import type { Actor } from './events/envelope.ts'
import { isoTime } from './kernel/clock.ts'
import { newId } from './kernel/ids.ts'
import { randomToken, tokenHash } from './kernel/random.ts'
import { Refusal } from './kernel/refusal.ts'
import type { User } from './projections/users/user.ts'
import type { Views } from './projections/views.ts'

/** The name that stands on a claim until its recipient chooses one. */
const CLAIMANT = 'administrator'

/** A link by which somebody becomes administrator, or becomes one again. */
export interface AdministratorLink {
  url: string
  purpose: 'claim' | 'recovery'
  username: string
  /** ISO 8601 UTC. */
  expires_at: string
}

/**
 * Makes the link that a lost administrator needs: one that claims the service while nobody administers it, and
 * otherwise one by which an administrator gets a new credential. It is good once, for half an hour.
 *
 * @param username which administrator; needed only where there are several.
 * @throws Refusal `not_found` or `invalid_input` when it is not clear whose link it is to be.
 */
export async function issueAdministratorLink(
  { views, commands }: { views: Views; commands: CommandGateway },
  {
    issuer,
    now,
    actor,
    username,
  }: { issuer: string; now: number; actor: Actor; username?: string | undefined },
): Promise<AdministratorLink> {
  const user = hasAdministrator(views) ? soleAdministrator(views, username) : null
  const purpose = user ? 'recovery' : 'claim'
  const token = randomToken()
  const link = {
    link_id: newId(),
    token_hash: tokenHash(token),
    purpose,
    userid: user?.userid ?? null,
    username: user?.username ?? CLAIMANT,
    expires_at: isoTime(now + linkLifetime('claim', undefined)),
    created_by: actor.kind,
  } as const
  await commands.submit(command('issue-magic-link', link, actor))
  return { url: `${issuer}/invite/${token}`, purpose, username: link.username, expires_at: link.expires_at }
}

function soleAdministrator(views: Views, username: string | undefined): User {
  const administrators = administratorsOf(views)
  const chosen =
    username === undefined ? administrators : administrators.filter((user) => user.username === username)
  const [user, ...others] = chosen
  if (!user) throw new Refusal('not_found', `${username} is no active administrator`)
  if (others.length === 0) return user
  const names = chosen.map((administrator) => administrator.username).join(', ')
  throw new Refusal('invalid_input', `There are several administrators (${names}); name one with --username`)
}

/** Lists who administers the service and can sign in. Reads all users, page by page: for rare moments only. */
function administratorsOf(views: Views): User[] {
  const found: User[] = []
  for (let offset = 0; ; offset += 1000) {
    const users = views.users.list(offset, 1000)
    found.push(...users.filter(({ active, groups }) => active && groups.includes(ADMINISTRATORS)))
    if (users.length < 1000) return found
  }
}
