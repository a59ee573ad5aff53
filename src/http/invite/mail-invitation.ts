import type { MagicLinkService } from '../../authn/magic-link-service.ts'
import { invitationMail } from '../../mail/messages.ts'
import type { MailPort } from '../../mail/port.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Background } from '../reply/background.ts'

/** What mailing an invitation needs. */
export interface InvitationMailDeps {
  settings: { issuer: string }
  links: MagicLinkService
  mail: MailPort
  background: Background
}

/** Mails an invitation after the reply, when it names an address. */
export function mailInvitation(
  { link_id, purpose, username, email, expires_at }: MagicLink,
  { url, inviter }: { url: string; inviter: string },
  { background, mail, links, settings }: InvitationMailDeps,
): void {
  if (email === null || purpose !== 'invitation') return
  const code = links.codeOf(link_id).reveal()
  const { issuer } = settings
  const message = invitationMail({ to: email, username, inviter, issuer, url, code, expires_at })
  background.run(async () => mail.send(message))
}
