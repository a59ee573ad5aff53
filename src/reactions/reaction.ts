import type { EventType } from '../events/catalogue.ts'
import type { RecordedEvent } from '../events/envelope.ts'

/** Something that follows an event once the event is durable. */
export interface Reaction {
  /** Names its cursor. It never changes, or everything would follow once more. */
  readonly name: string
  readonly types: readonly EventType[]
  /**
   * Carries out what follows. It may be called again for the same event (a process that died, a lost answer), so what
   * it does carries the event's id.
   *
   * @throws NotNow when it must be tried again until it succeeds; anything else is tried a few times, then parked.
   */
  react(event: RecordedEvent): Promise<void>
}

/** Says that the world outside is not ready (a mail server is away): the event waits and is not given up. */
export class NotNow extends Error {}
