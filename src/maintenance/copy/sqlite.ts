import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { sqliteArchive } from '../../documents/sqlite/archive.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import type { Installation } from '../../log/installation.ts'
import { requireMasterKey } from '../../log/keys/master-key.ts'
import { KeyWrap } from '../../log/keys/wrapping.ts'
import { sqliteCursorArchive } from '../../log/sqlite/cursors.ts'
import { openForWriting, type SqliteDatabase } from '../../log/sqlite/database.ts'
import { exchangeFiles, removeDatabase } from '../../log/sqlite/exchange-files.ts'
import { SqliteKeyStore } from '../../log/sqlite/key-store.ts'
import { RestoreNote, stageOfRestore } from '../../log/sqlite/restore-note.ts'
import { dropWatermark } from '../../log/sqlite/watermark-check.ts'
import type { CopySource, CopyTarget } from './port.ts'

/** Makes a SQLite installation the source of a copy, over a connection that is already open. */
export function sqliteSource(db: SqliteDatabase): CopySource {
  return {
    documents: sqliteArchive(db),
    cursors: sqliteCursorArchive(db),
    close: async () => undefined,
  }
}

/**
 * Begins the files of a new installation under draft names; at the end both get their final names, or neither does.
 *
 * @throws StartRefused when one of the files is there already.
 */
export function beginSqliteTarget(to: Installation, source: SqliteDatabase, log: string): CopyTarget {
  for (const path of [to.database, to.keys]) {
    if (existsSync(path)) throw new StartRefused(`${path} exists already; the target of a copy must be empty`)
  }
  mkdirSync(dirname(to.database), { recursive: true, mode: 0o700 })
  mkdirSync(dirname(to.keys), { recursive: true, mode: 0o700 })
  const drafts = { database: `${to.database}.copying`, keys: `${to.keys}.copying` }
  removeFiles(drafts)
  const keys = SqliteKeyStore.create(drafts.keys, log, new KeyWrap(requireMasterKey(to)))
  const opened: { db?: SqliteDatabase } = {}
  let finished = false
  const database = () => {
    if (!opened.db) throw new Error('The commits are copied first')
    return opened.db
  }
  const closeAll = () => {
    if (opened.db?.open) opened.db.close()
    keys.close()
  }
  return {
    keys,
    documents: {
      read: () => sqliteArchive(database()).read(),
      write: (documents) => sqliteArchive(database()).write(documents),
    },
    cursors: { write: (cursors) => sqliteCursorArchive(database()).write(cursors) },
    // A replica has the same tables as an installation, so the whole file is copied.
    async copyCommits() {
      source.prepare('VACUUM INTO ?').run(drafts.database)
      opened.db = openForWriting(drafts.database)
      opened.db.pragma('user_version = 0')
    },
    async complete() {
      closeAll()
      dropWatermark(drafts)
      return { ...to, ...drafts }
    },
    async finish() {
      const exchanges = (['keys', 'database'] as const).map((name) => ({
        old: to[name],
        fresh: drafts[name],
        kept: `${to[name]}.before-copy`,
      }))
      // The comparison has opened the drafts and left a watermark; the next start writes a new one.
      dropWatermark(drafts)
      const note = RestoreNote.take(to.database)
      try {
        exchangeFiles(exchanges, () => note.write(exchanges))
        note.remove()
        finished = true
      } finally {
        note.close()
      }
    },
    async close() {
      closeAll()
      // Once the exchange has begun, the next start continues with the drafts.
      if (!finished && stageOfRestore(to.database) !== 'exchanging') removeFiles(drafts)
    },
  }
}

function removeFiles(paths: Record<string, string>): void {
  for (const path of Object.values(paths)) removeDatabase(path)
}
