import type { CommandGateway } from '../../commands/catalogue.ts'
import { command } from '../../commands/command.ts'
import { credentialsToDiscard, type Discarded } from '../../commands/credentials/discarding-credentials.ts'
import { tokenHash } from '../../kernel/random.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'
import type { Removal } from '../../views/removal.ts'
import { originOf } from '../request/event-origin.ts'
import type { BrowserSession } from '../request/sessions.ts'

/** What using a link proves about the address of its user, and what it removes from the account. */
export interface AddressProof {
  user: User
  /** Whether using the link proves the address: it was mailed there, and the address was not proven before. */
  proves: boolean
  /** Whether the person is signed in here with a password or passkey of the account. */
  byHolder: boolean
  /** What stops working, for the text before the button; `null` when nothing does. */
  removal: Removal | null
}

/** Finds what it proves when a link is used in the browser with this session; changes nothing. */
export function addressProofOf(
  link: MagicLink,
  session: BrowserSession | null,
  { views }: { views: Views },
): AddressProof | null {
  const user = link.userid === null ? null : views.users.byUserid(link.userid)
  if (!user) return null
  const byHolder = session?.userid === user.userid && session.strongAuthTime !== null
  const proves = wasMailedTo(user, link) && !user.email_verified && !isProvenByOthers(user, views)
  const discarded = proves && !byHolder ? credentialsToDiscard(views, user) : null
  return { user, proves, byHolder, removal: discarded && removalOf(discarded) }
}

function wasMailedTo({ email }: User, link: MagicLink): boolean {
  // A link that no browser asked for was handed over by an administrator.
  const wasMailed = link.browser_hash !== null || link.purpose === 'email_verification'
  return email !== null && wasMailed && (link.email ?? email) === email
}

function isProvenByOthers({ email, userid }: User, views: Views): boolean {
  const holder = email === null ? null : views.users.holderOfVerifiedEmail(email)
  return holder !== null && holder !== userid
}

function removalOf({ password, passkeys }: Discarded): Removal | null {
  if (!password && passkeys.length === 0) return null
  const ids = passkeys.map(({ credential_id }) => Buffer.from(credential_id).toString('base64url'))
  return {
    // Names in the form what the page showed, so that the form removes nothing else.
    key: tokenHash([password, ...ids].join()).slice(0, 16),
    password,
    passkeys: passkeys.map(({ device_name }) => device_name),
  }
}

/** Records that mail to the account reached its reader, and removes what the page announced. */
export async function proveAddress(
  { user, proves, byHolder }: AddressProof,
  { requestId, session }: { requestId: string; session: BrowserSession | null },
  { commands }: { commands: CommandGateway },
): Promise<void> {
  const { userid, email } = user
  if (!proves || email === null) return
  const facts = { userid, email, discard_unproven_credentials: !byHolder }
  const proof = command(
    'verify-user-email',
    facts,
    { kind: 'user', id: userid },
    originOf(session, requestId),
  )
  await commands.submit(proof).catch((error: unknown) => {
    // Another account proved the address at the same moment. The mail reached this one's owner all the same.
    if (!(error instanceof DuplicateError)) throw error
  })
}
