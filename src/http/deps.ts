import type { CommandGateway } from '../commands/catalogue.ts'
import type { DocumentStore } from '../documents/port.ts'
import type { Clock } from '../kernel/clock.ts'
import type { KeyStore } from '../log/key-store.ts'
import type { LogReading } from '../log/port.ts'
import type { LogWatch } from '../log/watch.ts'
import type { Views } from '../projections/views.ts'
import type { Settings } from '../settings.ts'

/** What the routes stand on; the composition root makes it. */
export interface HttpDeps {
  settings: Settings
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  log: LogReading
  keys: KeyStore
  watch: LogWatch
  clock: Clock
}
