import type { MagicLinkService } from '../../authn/magic-link-service.ts'
import type { PasswordService } from '../../authn/password-service.ts'
import type { WebAuthnService } from '../../authn/webauthn-service.ts'
import type { CommandGateway } from '../../commands/catalogue.ts'
import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { MailRule } from '../../kernel/mail-address.ts'
import type { MailPort } from '../../mail/port.ts'
import type { Views } from '../../projections/views.ts'
import type { Csrf } from '../guards/csrf.ts'
import type { Throttle } from '../guards/throttle.ts'
import type { Background } from '../reply/background.ts'
import type { Browsers } from '../request/browsers.ts'
import type { Sessions } from '../request/sessions.ts'

/** What the account pages use. */
export interface AccountDeps {
  settings: { issuer: string; passwordMinLength: number } & MailRule
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  clock: Clock
  passwords: PasswordService
  passkeys: WebAuthnService
  links: MagicLinkService
  mail: MailPort
  browsers: Browsers
  csrf: Csrf
  sessions: Sessions
  background: Background
  throttle: Throttle
}
