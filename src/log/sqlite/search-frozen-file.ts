import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Alone } from '../port.ts'
import { openForReading, type SqliteDatabase } from './database.ts'
import { databaseLayout, walLayout } from './page-judge.ts'
import { remnantsInFile } from './trace-search.ts'
import { tryToTruncateWal, walIsRead } from './wal.ts'

/** How long to retry while another connection reads an old state or writes, and the pause; both in milliseconds. */
const PATIENCE = 10_000
const PAUSE = 5

/**
 * Freezes the database file by truncating the WAL, then searches its gaps for byte strings while others go on writing.
 * Their writes go into the WAL, which is searched last, so the latest version of every page was seen.
 *
 * @param patience how long to try to truncate the WAL, in milliseconds.
 * @throws Refusal `overloaded` when it cannot be truncated.
 */
export async function searchWhileFrozen(
  db: SqliteDatabase,
  traces: readonly Uint8Array[],
  alone: Alone,
  patience = PATIENCE,
): Promise<Uint8Array[]> {
  const reader = await freeze(db, alone, patience)
  try {
    const pageSize = db.pragma('page_size', { simple: true }) as number
    const reserved = reservedBytes(db.name)
    const inFile = await remnantsInFile(db.name, traces, databaseLayout(pageSize, reserved))
    const inWal = await remnantsInFile(walOf(db), traces, walLayout(pageSize, reserved))
    return [...new Set([...inFile, ...inWal])]
  } finally {
    reader.close()
  }
}

async function freeze(db: SqliteDatabase, alone: Alone, patience: number): Promise<SqliteDatabase> {
  const until = performance.now() + patience
  for (;;) {
    const reader = await alone(() => tryToFreeze(db))
    if (reader) return reader
    if (performance.now() > until) throw walIsRead()
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

/**
 * Truncates the WAL and begins a read transaction. A reader that began at an empty WAL reads the file itself, so SQLite
 * lets no process checkpoint the WAL into the file until the reader ends.
 */
function tryToFreeze(db: SqliteDatabase): SqliteDatabase | null {
  if (!tryToTruncateWal(db)) return null
  const reader = openForReading(db.name)
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM sqlite_schema').get()
  // Otherwise another process has written in between.
  if (statSync(walOf(db)).size === 0) return reader
  reader.close()
  return null
}

/** Reads from the header of the file how many bytes at the end of each page are not used. */
function reservedBytes(path: string): number {
  const byte = Buffer.alloc(1)
  const file = openSync(path, 'r')
  try {
    readSync(file, byte, 0, 1, 20)
    return byte.readUInt8()
  } finally {
    closeSync(file)
  }
}

function walOf({ name }: SqliteDatabase): string {
  return `${name}-wal`
}
