import type { SqlConnection } from '../../kernel/sql.ts'
import {
  type CursorArchive,
  type CursorOperation,
  type CursorPlace,
  latestBelievable,
  type NamedCursor,
  type ParkedEvent,
  type ReactionCursors,
} from '../cursors.ts'

/** Applies writes to the cursors over the writing connection, in the caller's transaction. */
export class CursorTable {
  readonly #hold
  readonly #release
  readonly #holds
  readonly #advance
  readonly #park
  readonly #reset

  constructor(sql: SqlConnection) {
    this.#hold = sql.prepare(
      `INSERT INTO reaction_lease (only, holder, until) VALUES (1, ?, ?) ON CONFLICT (only)
       DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE holder = excluded.holder OR until <= ? OR until > ?`,
    )
    this.#release = sql.prepare('DELETE FROM reaction_lease WHERE holder = ?')
    this.#holds = sql.prepare('SELECT 1 FROM reaction_lease WHERE holder = ? AND until > ?')
    this.#advance = sql.prepare(
      `INSERT INTO reaction_cursors (name, sequence, event_id) VALUES (?, ?, ?) ON CONFLICT (name)
       DO UPDATE SET sequence = excluded.sequence, event_id = excluded.event_id WHERE sequence < excluded.sequence`,
    )
    this.#park = sql.prepare(
      `INSERT INTO reaction_parked (name, sequence, event_id, reason, parked_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    this.#reset = sql.prepare(
      `INSERT INTO reaction_cursors (name, sequence, event_id) VALUES (?, ?, ?) ON CONFLICT (name)
       DO UPDATE SET sequence = excluded.sequence, event_id = excluded.event_id`,
    )
  }

  /** Applies one write; answers whether it changed anything. */
  apply(operation: CursorOperation): boolean {
    switch (operation.type) {
      case 'cursors.hold': {
        const { holder, until, now } = operation
        return this.#hold.run(holder, until, now, latestBelievable(now, until)).changes === 1
      }
      case 'cursors.release':
        return this.#release.run(operation.holder).changes === 1
      case 'cursors.advance':
        return this.#allows(operation) && this.#move(this.#advance, operation.name, operation.to)
      case 'cursors.park': {
        const { name, now, event } = operation
        if (!this.#allows(operation) || !this.#move(this.#advance, name, event)) return false
        this.#park.run(name, event.sequence, event.eventId, event.reason, now)
        return true
      }
      case 'cursors.reset':
        return this.#allows(operation) && this.#move(this.#reset, operation.name, operation.to)
    }
  }

  #allows({ holder, now }: { holder: string; now: number }): boolean {
    return this.#holds.get(holder, now) !== undefined
  }

  #move(statement: ReturnType<SqlConnection['prepare']>, name: string, to: CursorPlace): boolean {
    return statement.run(name, to.sequence, to.eventId).changes === 1
  }
}

/** Keeps the cursors in SQLite: reads over a reading connection, sends every write to the one writer. */
export function sqliteCursors(
  reader: SqlConnection,
  write: (operation: CursorOperation) => Promise<unknown>,
): ReactionCursors {
  const find = reader.prepare('SELECT sequence, event_id AS eventId FROM reaction_cursors WHERE name = ?')
  const parked = reader.prepare(
    'SELECT sequence, event_id AS eventId, reason FROM reaction_parked WHERE name = ? ORDER BY sequence',
  )
  const changed = async (operation: CursorOperation) => (await write(operation)) === true
  const count = reader.prepare('SELECT count(*) FROM reaction_parked WHERE name = ?').pluck(true)
  return {
    hold: (holder, now, until) => changed({ type: 'cursors.hold', holder, now, until }),
    async release(holder) {
      await write({ type: 'cursors.release', holder })
    },
    find: async (name) => (find.get(name) as CursorPlace | undefined) ?? null,
    advance: (holder, now, name, to) => changed({ type: 'cursors.advance', holder, now, name, to }),
    park: (holder, now, name, event) => changed({ type: 'cursors.park', holder, now, name, event }),
    reset: (holder, now, name, to) => changed({ type: 'cursors.reset', holder, now, name, to }),
    parked: async (name) => parked.all(name) as ParkedEvent[],
    countParked: async (name) => count.get(name) as number,
  }
}

/** Reads and writes all cursors of a database over a writing connection. */
export function sqliteCursorArchive(sql: SqlConnection): CursorArchive {
  return {
    read: async () =>
      sql
        .prepare('SELECT name, sequence, event_id AS eventId FROM reaction_cursors ORDER BY name')
        .all() as NamedCursor[],
    async write(cursors) {
      const put = sql.prepare(
        'INSERT OR REPLACE INTO reaction_cursors (name, sequence, event_id) VALUES (?, ?, ?)',
      )
      for (const { name, sequence, eventId } of cursors) put.run(name, sequence, eventId)
    },
  }
}
