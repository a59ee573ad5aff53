import { statSync } from 'node:fs'
import type { Alone } from '../port.ts'
import { openForReading, type SqliteDatabase } from './database.ts'
import { journalIsRead, tryToTruncateJournal } from './journal.ts'
import { tracesInFile } from './trace-search.ts'

/** How long to try again while somebody reads an old state or writes, in milliseconds, and after which pause. */
const PATIENCE = 10_000
const PAUSE = 5

/**
 * Empties the journal, then searches the database file for byte strings while everybody goes on writing. What they
 * write goes into the journal meanwhile, which is searched last: of every page, the latest version was seen.
 *
 * @param patience how long to try to empty the journal, in milliseconds.
 * @throws Refusal `overloaded` when it cannot be emptied.
 */
export async function searchStill(
  db: SqliteDatabase,
  traces: readonly Uint8Array[],
  alone: Alone,
  patience = PATIENCE,
): Promise<Uint8Array[]> {
  const reader = await keepStill(db, alone, patience)
  try {
    const inFile = await tracesInFile(db.name, traces)
    const inJournal = await tracesInFile(journalOf(db), traces)
    return [...new Set([...inFile, ...inJournal])]
  } finally {
    reader.close()
  }
}

async function keepStill(db: SqliteDatabase, alone: Alone, patience: number): Promise<SqliteDatabase> {
  const until = performance.now() + patience
  for (;;) {
    const reader = await alone(() => tryToKeepStill(db))
    if (reader) return reader
    if (performance.now() > until) throw journalIsRead()
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

/**
 * Empties the journal and begins a reading. A reading that began at an empty journal reads the file itself, so SQLite
 * lets nobody, of any process, move the journal into the file until it ends.
 */
function tryToKeepStill(db: SqliteDatabase): SqliteDatabase | null {
  if (!tryToTruncateJournal(db)) return null
  const reader = openForReading(db.name)
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM sqlite_schema').get()
  // Otherwise another process has written in between.
  if (statSync(journalOf(db)).size === 0) return reader
  reader.close()
  return null
}

function journalOf({ name }: SqliteDatabase): string {
  return `${name}-wal`
}
