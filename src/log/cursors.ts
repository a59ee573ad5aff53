/** A place in the log: a sequence number, and the id of the event there (`null` before the first event). */
export interface CursorPlace {
  sequence: number
  eventId: string | null
}

/** An event that a reaction gave up on. `reason` is a code or a class of error, never text with personal data. */
export interface ParkedEvent {
  sequence: number
  eventId: string
  reason: string
}

/**
 * How far each reaction has come, kept durably beside the log. One process at a time holds the lease and moves the
 * cursors; a cursor never goes back except by `reset`. Every method takes the holder and the time (milliseconds since
 * 1970) and changes nothing when the lease is another's.
 */
export interface ReactionCursors {
  /**
   * Takes or extends the lease; answers whether this holder has it until `until`. One that ends much later than it
   * could was taken by a clock that was wrong, and counts as free.
   */
  hold(holder: string, now: number, until: number): Promise<boolean>
  /** Gives the lease up, so that another process need not wait for its end. */
  release(holder: string): Promise<void>
  /** Reads where a reaction is, or `null` for one that never ran. */
  find(name: string): Promise<CursorPlace | null>
  /** Moves a cursor forward, or begins it; answers `false` without the lease, or when it is already there. */
  advance(holder: string, now: number, name: string, to: CursorPlace): Promise<boolean>
  /** Notes an event as given up, and moves the cursor to it, in one step. */
  park(holder: string, now: number, name: string, event: ParkedEvent): Promise<boolean>
  /** Puts a cursor to a place in another log than the one it came from. */
  reset(holder: string, now: number, name: string, to: CursorPlace): Promise<boolean>
  /** Lists the events that a reaction gave up on, in order. */
  parked(name: string): Promise<ParkedEvent[]>
  /** Counts them. */
  countParked(name: string): Promise<number>
}

/** A cursor with the name of its reaction. */
export interface NamedCursor extends CursorPlace {
  name: string
}

/** All cursors at once, for copying an installation. Nobody runs the reactions meanwhile. */
export interface CursorArchive {
  read(): Promise<NamedCursor[]>
  write(cursors: readonly NamedCursor[]): Promise<void>
}

/** Tells until when another's lease is believed: longer ones come from a clock that was ahead. */
export function latestBelievable(now: number, until: number): number {
  return until + (until - now)
}

/** Tells a write to the cursors from the other writes that share a batch with commands. */
export function isCursorOperation(operation: { type: string }): operation is CursorOperation {
  return operation.type.startsWith('cursors.')
}

/** One write to the cursors, as plain data that can be sent to the thread that owns the writing connection. */
export type CursorOperation =
  | { type: 'cursors.hold'; holder: string; now: number; until: number }
  | { type: 'cursors.release'; holder: string }
  | { type: 'cursors.advance'; holder: string; now: number; name: string; to: CursorPlace }
  | { type: 'cursors.park'; holder: string; now: number; name: string; event: ParkedEvent }
  | { type: 'cursors.reset'; holder: string; now: number; name: string; to: CursorPlace }
