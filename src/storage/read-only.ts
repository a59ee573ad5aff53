import type { KeyStore } from '../log/keys/key-store.ts'
import type { SqliteLog } from '../log/sqlite/commit-log.ts'
import { dataVersion } from '../log/sqlite/database.ts'
import { openExistingSqliteLog } from '../log/sqlite/existing-log.ts'
import type { InstallationFiles } from '../log/sqlite/inspection.ts'
import { openSqliteKeys } from '../log/sqlite/open-keys.ts'
import { assertTailIntact } from '../log/sqlite/tail-check.ts'
import { assertNothingLost } from '../log/sqlite/watermark-check.ts'
import { type LogWatch, watchLog } from '../log/watch.ts'
import { createViews, type Views } from '../projections/views.ts'

/** An installation that is open for reading only. */
export interface ReadOnlyStorage {
  views: Views
  log: SqliteLog
  keys: KeyStore
  watch: LogWatch
  close(): Promise<void>
}

/** Opens an existing installation for reading only, whether the service runs or not. @throws StartRefused */
export function openReadOnly(files: InstallationFiles): ReadOnlyStorage {
  const { db, log, close } = openExistingSqliteLog(files)
  try {
    assertNothingLost(files)
    // Within one snapshot, because the service may be writing now.
    db.transaction(() => assertTailIntact(db, log))()
    const keys = openSqliteKeys(files, log.id)
    const watch = watchLog(dataVersion(db))
    return {
      views: createViews(db),
      log,
      keys,
      watch,
      close: async () => {
        watch.close()
        keys.close()
        close()
      },
    }
  } catch (error) {
    close()
    throw error
  }
}
