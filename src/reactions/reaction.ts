import type { EventType } from '../events/catalogue.ts'
import type { RecordedEvent } from '../events/envelope.ts'

/** Work that is done after an event, once the event is durable. */
export interface Reaction {
  /** The name of its cursor. It must never change: under a new name the cursor would begin at the end of the log. */
  readonly name: string
  readonly types: readonly EventType[]
  /**
   * Does the work. It may be called again for the same event (after a crash, or a lost answer), so it must be idempotent
   * by the event's id.
   *
   * @throws NotNow when it must be tried again until it succeeds; after any other error it is tried a few times and
   *   then parked.
   */
  react(event: RecordedEvent): Promise<void>
}

/** Says that an outside service is not ready (a mail server is down): the event waits and is never parked. */
export class NotNow extends Error {}
