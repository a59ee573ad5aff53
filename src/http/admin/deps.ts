import type { MagicLinkService } from '../../authn/magic-link-service.ts'
import type { CommandGateway } from '../../commands/catalogue.ts'
import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { MailRule } from '../../kernel/mail-address.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'
import type { LogReading } from '../../log/port.ts'
import type { MailPort } from '../../mail/port.ts'
import type { ScratchReadModel } from '../../projections/users/history.ts'
import type { Views } from '../../projections/views.ts'
import type { LongReads } from '../guards/long-reads.ts'
import type { Background } from '../reply/background.ts'
import type { CallerSources } from '../request/caller.ts'

/** What the admin API uses. */
export interface AdminDeps extends CallerSources {
  settings: { issuer: string } & MailRule
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  log: LogReading
  keys: KeyStore
  clock: Clock
  links: MagicLinkService
  mail: MailPort
  background: Background
  longReads: LongReads
  /** Opens empty read model tables in memory, to fold some past events into. */
  openScratch(): ScratchReadModel
}
