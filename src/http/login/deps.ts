import type { MagicLinkService } from '../../authn/magic-link-service.ts'
import type { PasswordService } from '../../authn/password-service.ts'
import type { WebAuthnService } from '../../authn/webauthn-service.ts'
import type { CommandGateway } from '../../commands/catalogue.ts'
import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { MailPort } from '../../mail/port.ts'
import type { Interactions } from '../../oidc/interactions.ts'
import type { Views } from '../../projections/views.ts'
import type { Admission } from '../guards/admission.ts'
import type { Csrf } from '../guards/csrf.ts'
import type { Throttle } from '../guards/throttle.ts'
import type { Background } from '../reply/background.ts'
import type { Browsers } from '../request/browsers.ts'
import type { Sessions } from '../request/sessions.ts'

/** What the sign-in pages use. */
export interface LoginDeps {
  settings: { issuer: string }
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  clock: Clock
  passwords: PasswordService
  passkeys: WebAuthnService
  links: MagicLinkService
  mail: MailPort
  admission: Admission
  browsers: Browsers
  csrf: Csrf
  sessions: Sessions
  interactions: Interactions
  background: Background
  throttle: Throttle
}
