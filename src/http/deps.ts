import type { FastifyBaseLogger } from 'fastify'
import type { TokenReader } from '../accounts/principal.ts'
import type { MagicLinkService } from '../authn/magic-link-service.ts'
import type { PasswordService } from '../authn/password-service.ts'
import type { WebAuthnService } from '../authn/webauthn-service.ts'
import type { CommandGateway } from '../commands/catalogue.ts'
import type { DocumentStore } from '../documents/port.ts'
import type { Clock } from '../kernel/clock.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { LogReading } from '../log/port.ts'
import type { LogWatch } from '../log/watch.ts'
import type { MailPort } from '../mail/port.ts'
import type { Oidc } from '../oidc/oidc.ts'
import type { ScratchReadModel } from '../projections/users/history.ts'
import type { Views } from '../projections/views.ts'
import type { Settings } from '../settings/settings.ts'
import type { Admission } from './guards/admission.ts'
import type { Csrf } from './guards/csrf.ts'
import type { LongReads } from './guards/long-reads.ts'
import type { Interactions } from './interaction-port.ts'
import type { Counts } from './operations/counts.ts'
import type { Background } from './reply/background.ts'
import type { Browsers } from './request/browsers.ts'
import type { Sessions } from './request/sessions.ts'
import type { StreamOptions } from './stream/hub.ts'

/** Where one of the reactions is: how many events it has not looked at, and how many it gave up on. */
export interface ReactionStatus {
  name: string
  /** Whether this process runs it. */
  running: boolean
  lag: number
  parked: number
}

/** What the routes stand on; the composition root makes it. */
export interface HttpDeps {
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
  /** `null` while no application can sign people in. */
  interactions: Interactions | null
  logger: FastifyBaseLogger
  background: Background
  longReads: LongReads
  counts: Counts
  /** Where what follows the events is; absent where nothing follows them. */
  reactions?: () => ReactionStatus[]
  /** How the live stream is served otherwise than usual. */
  stream?: StreamOptions
}
