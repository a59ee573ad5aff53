import { SqliteDocuments } from '../documents/sqlite/documents.ts'
import type { Installation } from '../log/installation.ts'
import { SqliteLog } from '../log/sqlite/commit-log.ts'
import { sqliteCursors } from '../log/sqlite/cursors.ts'
import { dataVersion, openForReading } from '../log/sqlite/database.ts'
import { openSqliteKeys } from '../log/sqlite/open-keys.ts'
import { waitForPosition, watchLog } from '../log/watch.ts'
import { createViews } from '../projections/views.ts'
import type { Reading, ToWriter } from './port.ts'

/** How long a caller waits until a commit of another process is visible here, in milliseconds. */
const REACH = 500

/** Opens the SQLite back end for reading; the writer writes its documents, with the commands. */
export function openSqliteReading(files: Installation, writer: ToWriter): Reading {
  const db = openForReading(files.database)
  const log = new SqliteLog(db, db.prepare('SELECT id FROM log').pluck().get() as string)
  const keys = openSqliteKeys(files, log.id)
  const watch = watchLog(dataVersion(db))
  return {
    documents: new SqliteDocuments({ reader: db, write: writer.write, clock: writer.clock }),
    cursors: sqliteCursors(db, writer.write),
    views: createViews(db),
    log,
    keys,
    watch,
    reached: (position) => waitForPosition(log, watch, position, REACH),
    storeTime: async () => null,
    close: async () => {
      watch.close()
      keys.close()
      db.close()
    },
  }
}
