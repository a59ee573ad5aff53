/** A place in the log: a sequence number, and the id of the event there (`null` before the first event). */
export interface CursorPlace {
  sequence: number
  eventId: string | null
}

/** An event that a reaction gave up on. `reason` is an error code or class, never text with personal data. */
export interface ParkedEvent {
  sequence: number
  eventId: string
  reason: string
}

/**
 * Keeps the position of each reaction durably beside the log. One process at a time holds the lease and moves the
 * cursors; a cursor never goes back except by `reset`. Every write takes the holder and the time (milliseconds since
 * 1970), and changes nothing when another process holds the lease.
 */
export interface ReactionCursors {
  /**
   * Takes or extends the lease; answers whether this holder has it until `until`. A lease that ends later than any
   * could was taken with a wrong clock, and counts as free.
   */
  hold(holder: string, now: number, until: number): Promise<boolean>
  /** Releases the lease, so that another process need not wait until it ends. */
  release(holder: string): Promise<void>
  /** Reads the place of a reaction, or `null` for one that never ran. */
  find(name: string): Promise<CursorPlace | null>
  /** Moves a cursor forward, or creates it; answers `false` without the lease, or when the cursor is already there. */
  advance(holder: string, now: number, name: string, to: CursorPlace): Promise<boolean>
  /** Records an event as given up and moves the cursor to it, in one step. */
  park(holder: string, now: number, name: string, event: ParkedEvent): Promise<boolean>
  /** Sets a cursor to a place in a different log. */
  reset(holder: string, now: number, name: string, to: CursorPlace): Promise<boolean>
  /** Lists the events that a reaction gave up on, in order. */
  parked(name: string): Promise<ParkedEvent[]>
  /** Counts the events that a reaction gave up on. */
  countParked(name: string): Promise<number>
}

/** A cursor with the name of its reaction. */
export interface NamedCursor extends CursorPlace {
  name: string
}

/** Reads and writes all cursors at once, to copy an installation. No reactions run meanwhile. */
export interface CursorArchive {
  read(): Promise<NamedCursor[]>
  write(cursors: readonly NamedCursor[]): Promise<void>
}

/** Returns the latest end of a lease that is believed: a later one comes from a clock that was ahead. */
export function latestBelievable(now: number, until: number): number {
  return until + (until - now)
}

/** Distinguishes a write to the cursors from the other writes that share a batch with commands. */
export function isCursorOperation(operation: { type: string }): operation is CursorOperation {
  return operation.type.startsWith('cursors.')
}

/** A write to the cursors, as plain data that can be sent to the thread that owns the writing connection. */
export type CursorOperation =
  | { type: 'cursors.hold'; holder: string; now: number; until: number }
  | { type: 'cursors.release'; holder: string }
  | { type: 'cursors.advance'; holder: string; now: number; name: string; to: CursorPlace }
  | { type: 'cursors.park'; holder: string; now: number; name: string; event: ParkedEvent }
  | { type: 'cursors.reset'; holder: string; now: number; name: string; to: CursorPlace }
