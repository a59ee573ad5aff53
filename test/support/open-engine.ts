import type { DocumentOperation } from '../../src/documents/operation.ts'
import { DocumentTable } from '../../src/documents/sqlite/table.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { Engine } from '../../src/engine/engine.ts'
import { isoTime } from '../../src/kernel/clock.ts'
import { type RandomSource, systemRandom } from '../../src/kernel/random.ts'
import { KeyStock, keyMaker } from '../../src/log/keys/key-stock.ts'
import type { InstallationFiles } from '../../src/log/sqlite/inspection.ts'
import { openSqliteInstallation, type SqliteInstallation } from '../../src/log/sqlite/installation.ts'
import { SqliteScrubber } from '../../src/log/sqlite/scrubber.ts'
import { SqliteTransaction } from '../../src/log/sqlite/transaction.ts'
import { createProjector } from '../../src/projections/projector.ts'
import { createViews, type Views } from '../../src/projections/views.ts'

/** A real engine over real files, with a clock that the test moves by hand. */
export interface OpenEngine {
  engine: Engine
  installation: SqliteInstallation
  views: Views
  now(): number
  advance(milliseconds: number): void
  close(): Promise<void>
}

interface Circumstances {
  /** Where the clock begins, milliseconds since 1970. */
  start?: number
  random?: RandomSource
  /** Puts something else in the place of a part of the engine. */
  replace?: (deps: EngineDeps) => Partial<EngineDeps>
}

/** Opens an engine. It does not finish what a crash interrupted; `openWriter` does. */
export function openEngine(files: InstallationFiles, circumstances: Circumstances = {}): OpenEngine {
  let time = circumstances.start ?? Date.UTC(2030, 0, 1)
  const installation = openSqliteInstallation(files, isoTime(time))
  const { db, log, keys } = installation
  const documents = new DocumentTable(db)
  const views = createViews(db)
  const random = circumstances.random ?? systemRandom
  const deps: EngineDeps = {
    transaction: new SqliteTransaction(db),
    log,
    keys,
    stock: new KeyStock(keyMaker(keys, random), 0),
    projector: createProjector(db),
    views,
    scrubber: new SqliteScrubber(db),
    documentWrites: {
      apply: (operation) => documents.apply(operation as DocumentOperation),
      forget: (userids) => {
        for (const account of userids) documents.apply({ type: 'revokeByAccount', account, now: time })
      },
    },
    clock: () => time,
    random,
  }
  const engine = new Engine({ ...deps, ...circumstances.replace?.(deps) })
  return {
    engine,
    installation,
    views,
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds
    },
    close: async () => {
      await engine.close()
      await installation.close()
    },
  }
}
