import type { FastifyBaseLogger } from 'fastify'
import type { TokenReader } from '../accounts/principal.ts'
import type { MagicLinkService } from '../authn/magic-link-service.ts'
import type { PasswordService } from '../authn/password-service.ts'
import type { WebAuthnService } from '../authn/webauthn-service.ts'
import type { CommandGateway } from '../commands/catalogue.ts'
import type { DocumentStore } from '../documents/port.ts'
import type { Admission } from '../http/guards/admission.ts'
import type { Csrf } from '../http/guards/csrf.ts'
import type { LongReads } from '../http/guards/long-reads.ts'
import type { Counts } from '../http/operations/counts.ts'
import type { ReactionStatus } from '../http/operations/reaction-status.ts'
import type { Background } from '../http/reply/background.ts'
import type { Browsers } from '../http/request/browsers.ts'
import type { Sessions } from '../http/request/sessions.ts'
import type { StreamOptions } from '../http/stream/hub.ts'
import type { Clock } from '../kernel/clock.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { LogReading } from '../log/port.ts'
import type { LogWatch } from '../log/watch.ts'
import type { MailPort } from '../mail/port.ts'
import type { Interactions } from '../oidc/interactions.ts'
import type { Oidc } from '../oidc/oidc.ts'
import type { ScratchReadModel } from '../projections/users/history.ts'
import type { Views } from '../projections/views.ts'
import type { Settings } from '../settings/settings.ts'

/** Everything that the application is put together from; each slice of `http` names what it uses itself. */
export interface AppDeps {
  settings: Settings
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  log: LogReading
  keys: KeyStore
  watch: LogWatch
  /** Waits a moment until this node has seen the log up to a position; answers whether it has. */
  reached(position: number): Promise<boolean>
  /** What is wrong with this node at the moment, or `null`; a halted one must sign nobody in. */
  condition(): { reason: string; halted: boolean } | null
  clock: Clock
  passwords: PasswordService
  passkeys: WebAuthnService
  links: MagicLinkService
  mail: MailPort
  admission: Admission
  browsers: Browsers
  csrf: Csrf
  sessions: Sessions
  oidc: Pick<Oidc, 'handle' | 'sendPrepared' | 'close'>
  readToken: TokenReader
  /** Opens empty read model tables in memory, to fold a piece of the past into. */
  openScratch(): ScratchReadModel
  interactions: Interactions
  logger: FastifyBaseLogger
  background: Background
  longReads: LongReads
  counts: Counts
  /** Says how far each reaction is; absent where none runs. */
  reactions?: () => ReactionStatus[]
  /** How the live stream is served, where a test wants it otherwise. */
  stream?: StreamOptions
}
