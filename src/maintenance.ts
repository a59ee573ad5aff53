import { CLOSING_EVENTS } from './events/closing.ts'
import type { Head } from './events/commit.ts'
import { StartRefused } from './kernel/fault.ts'
import type { SqlConnection } from './kernel/sql.ts'
import { CheckedLog } from './log/checked-log.ts'
import { decodedCommits } from './log/decoded-commits.ts'
import type { KeyStore } from './log/key-store.ts'
import { SqliteLog } from './log/sqlite/commit-log.ts'
import { type ExistingLog, openExisting } from './log/sqlite/existing.ts'
import type { InstallationFiles } from './log/sqlite/inspection.ts'
import { openKeys } from './log/sqlite/installation.ts'
import { openScratch, type Scratch } from './log/sqlite/scratch.ts'
import { swapTables } from './log/sqlite/swap.ts'
import { READ_MODEL_INDEXES, READ_MODEL_TABLES } from './projections/catalogue.ts'
import { firstDifference, type RowDifference } from './projections/compare.ts'
import { fold, foldPage } from './projections/fold.ts'
import { createProjector } from './projections/projector.ts'

const HEAD_TABLE = 'read_model_head'
const TABLES = { ...READ_MODEL_TABLES, [HEAD_TABLE]: ['only'] }

/** How often a comparison is done again because somebody was erased in its midst. */
const ATTEMPTS = 3

/** A fold of the whole log, in a file of its own. */
interface FreshFold {
  scratch: Scratch
  checked: CheckedLog
  events: number
}

/**
 * Makes all read models anew from the log, beside the live ones, and puts them in their place at once. The
 * service may be running: it waits for the moment of the exchange only.
 *
 * @throws StartRefused when the log is damaged, or ends before where the read models stand.
 */
export async function rebuildReadModels(
  files: InstallationFiles,
): Promise<{ events: number; position: number; changed_rows: number }> {
  return withLogAndKeys(files, async (existing, keys) => {
    refuseLostCommits(existing)
    const { scratch, checked, events } = await foldBeside(existing, keys)
    let caughtUp = 0
    let last = checked
    try {
      const changed_rows = await swapTables(scratch.db, files.database, TABLES, async (sql) => {
        last = new CheckedLog(new SqliteLog(sql, existing.log.id), checked.head)
        caughtUp = await foldOn(sql, last, keys, existing.log.head())
      })
      return { events: events + caughtUp, position: last.head.position, changed_rows }
    } finally {
      scratch.remove()
    }
  })
}

/**
 * Compares the live read models with a fresh fold of the log up to exactly where they stand; `null` when they
 * are equal. The service may be running meanwhile.
 *
 * @throws StartRefused when the log is damaged.
 */
export async function verifyReadModels(
  files: InstallationFiles,
): Promise<{ head: Head; difference: RowDifference | null }> {
  return withLogAndKeys(files, async (existing, keys) => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await compareOnce(existing, keys)
      // Who is erased in the midst of it has no readable events any more, but still rows in the snapshot.
      const disturbed = result.difference !== null && erasedSince(existing, result.head)
      if (!disturbed || attempt === ATTEMPTS) return result
    }
  })
}

async function compareOnce(existing: ExistingLog, keys: KeyStore) {
  const { scratch, checked } = await foldBeside(existing, keys)
  try {
    // Taken as late as this, the snapshot is held only while it is compared: it keeps the journal from ending.
    existing.db.exec('BEGIN')
    const head = existing.log.head()
    scratch.db.exec('BEGIN')
    await foldOn(scratch.db, checked, keys, head)
    scratch.db.exec('COMMIT')
    return {
      head,
      difference: firstDifference(existing.db, scratch.db) ?? headDifference(existing.db, scratch.db),
    }
  } finally {
    if (existing.db.inTransaction) existing.db.exec('COMMIT')
    scratch.remove()
  }
}

async function foldBeside(existing: ExistingLog, keys: KeyStore): Promise<FreshFold> {
  const checked = new CheckedLog(existing.log)
  const scratch = openScratch(existing.db, { tables: Object.keys(TABLES), indexes: READ_MODEL_INDEXES })
  try {
    const to = existing.log.head().position
    return { scratch, checked, events: await fold(scratch.db, decodedCommits(checked, keys, 0, to)) }
  } catch (error) {
    scratch.remove()
    throw error
  }
}

/** Folds what was appended since, inside the transaction that the caller holds. */
async function foldOn(sql: SqlConnection, log: CheckedLog, keys: KeyStore, to: Head): Promise<number> {
  const projector = createProjector(sql)
  let events = 0
  for await (const page of decodedCommits(log, keys, log.head.position, to.position)) {
    events += foldPage(projector, page)
  }
  return events
}

async function withLogAndKeys<T>(
  files: InstallationFiles,
  work: (existing: ExistingLog, keys: KeyStore) => Promise<T>,
): Promise<T> {
  const existing = openExisting(files)
  try {
    const keys = openKeys(files, existing.log.id)
    try {
      return await work(existing, keys)
    } finally {
      keys.close()
    }
  } finally {
    existing.close()
  }
}

function erasedSince({ log }: ExistingLog, head: Head): boolean {
  return log.eventsAfter(head.sequence, 100_000).some(({ type }) => CLOSING_EVENTS.includes(type))
}

function headOf(
  sql: SqlConnection,
): { position: number; sequence: number; epoch: number; hash: Uint8Array } | undefined {
  return sql.prepare(`SELECT position, sequence, epoch, hash FROM ${HEAD_TABLE}`).get() as ReturnType<
    typeof headOf
  >
}

// Read models that have seen more than the log holds are the last witness of what is lost: they must stay.
function refuseLostCommits({ db, log }: ExistingLog): void {
  const models = headOf(db)?.position ?? 0
  const { position } = log.head()
  if (models <= position) return
  throw new StartRefused(
    `The read models stand at position ${models}, but the log ends at ${position}: commits are missing from the log`,
  )
}

function headDifference(live: SqlConnection, fresh: SqlConnection): RowDifference | null {
  const [found, wanted] = [headOf(live), headOf(fresh)]
  if (JSON.stringify(found) === JSON.stringify(wanted)) return null
  return { table: HEAD_TABLE, key: { position: found?.position ?? 0 }, reason: 'different', columns: [] }
}
