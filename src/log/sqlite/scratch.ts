import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { newId } from '../../kernel/ids.ts'
import { isBusy, lockAlone, openUnsynced, type SqliteDatabase } from './database.ts'

const MARK = '.rebuild-'

/** A file beside a database in which some of its tables are rebuilt. */
export interface Scratch {
  db: SqliteDatabase
  /** Closes and removes the file, because it may hold personal data in the clear. */
  remove(): void
}

/** Creates a scratch file beside a database, with the named tables and indexes, empty. */
export function createScratch(
  beside: SqliteDatabase,
  { tables, indexes }: { tables: readonly string[]; indexes: readonly string[] },
): Scratch {
  removeAbandonedScratch(beside.name)
  const path = `${beside.name}${MARK}${newId()}`
  const db = openUnsynced(path)
  const remove = () => {
    db.close()
    rmSync(path, { force: true })
  }
  try {
    const definition = beside.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck()
    for (const name of [...tables, ...indexes]) db.exec(definition.get(name) as string)
    return { db, remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** Removes scratch files that a crash left; those that a process uses stay. */
export function removeAbandonedScratch(database: string): void {
  const directory = dirname(database)
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    if (name.startsWith(`${basename(database)}${MARK}`) && isAbandoned(path)) rmSync(path, { force: true })
  }
}

function isAbandoned(path: string): boolean {
  try {
    lockAlone(path)?.close()
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}
