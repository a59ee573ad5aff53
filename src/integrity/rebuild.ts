import type { Head } from '../events/commit.ts'
import { CLOSING_EVENTS } from '../events/streams.ts'
import type { SqlConnection } from '../kernel/sql.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { CheckedLog } from '../log/checked-log.ts'
import { decodedCommits } from '../log/decoded-commits.ts'
import type { Installation } from '../log/installation.ts'
import { openExistingKeys, openExistingLog } from '../log/installation.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import { SqliteLog } from '../log/sqlite/commit-log.ts'
import { damagedFile, isDamaged } from '../log/sqlite/database.ts'
import type { ExistingLog } from '../log/sqlite/existing-log.ts'
import { createScratch, type Scratch } from '../log/sqlite/scratch.ts'
import { swapTables } from '../log/sqlite/swap-tables.ts'
import { assertEndSound } from '../log/sqlite/tail-check.ts'
import { assertNothingLost } from '../log/sqlite/watermark-check.ts'
import { READ_MODEL_INDEXES, READ_MODEL_TABLES } from '../projections/catalogue.ts'
import { firstDifference, type RowDifference } from '../projections/compare.ts'
import { DIGEST_TABLE } from '../projections/digests/row-checksum.ts'
import { type CommitPages, fold, foldPage } from '../projections/fold.ts'
import { createProjector } from '../projections/projector.ts'
import { decodedInThread } from './decoded-in-thread.ts'
import { keysLost } from './lost-keys.ts'
import { Unreadable } from './unreadable.ts'

const HEAD_TABLE = 'read_model_head'
const TABLES = { ...READ_MODEL_TABLES, [HEAD_TABLE]: ['only'], [DIGEST_TABLE]: ['name'] }

/** How many times a comparison is tried, when a person was erased while it ran. */
const ATTEMPTS = 3

/** From so many events on, a second thread saves more time than its start takes. */
const WORTH_A_THREAD = 20_000

/**
 * Rebuilds all read models from the log, next to the live ones, and replaces those in one transaction. The service may
 * be running: it waits only during the exchange. Like a start, it trusts a log that is linked without gaps and whose
 * end is sound; `audit verify` hashes all of it.
 *
 * @param checkIndexes whether to empty and fill again the tables whose indexes disagree with them; the check takes a
 *   tenth of the whole time.
 * @throws StartRefused when the log is damaged, or ends before the position of the read models.
 */
export async function rebuildReadModels(
  files: Installation,
  { checkIndexes = false } = {},
): Promise<{ events: number; position: number; changed_rows: number }> {
  if (!files.mongodb) assertNothingLost(files)
  return withLogAndKeys(files, async ({ db, log }, keys) => {
    const { position, sequence } = assertEndSound(log)
    refuseLostCommits(db, position)
    const refilled = checkIndexes ? tablesWithFaults(db) : []
    const scratch = scratchBeside(db)
    let events = 0
    let end = position
    try {
      const pages =
        sequence < WORTH_A_THREAD || files.mongodb
          ? decodedCommits(log, keys, 0, position)
          : decodedInThread(files, position)
      const unreadable = new Unreadable()
      events += await fold(scratch.db, unreadable.noting(pages))
      const changed_rows = await swapTables(scratch.db, files.database, TABLES, refilled, async (sql) => {
        end = log.head().position
        const since = decodedCommits(new SqliteLog(sql, log.id), keys, position, end)
        events += await foldOn(sql, unreadable.noting(since))
        // Without this, a lost key would look like an erasure, and the person would be gone without an event.
        const lost = unreadable.lost(sql)
        if (lost.length > 0) throw keysLost(lost)
      })
      return { events, position: end, changed_rows }
    } finally {
      scratch.remove()
    }
  })
}

/**
 * Compares the live read models with a fresh fold of the log up to exactly their position; `null` when they are equal.
 * The service may be running meanwhile.
 *
 * @throws StartRefused when the log is damaged, or ends before what is noted to have been on the disk.
 */
export async function verifyReadModels(
  files: Installation,
): Promise<{ head: Head; difference: RowDifference | null }> {
  if (!files.mongodb) assertNothingLost(files)
  return withLogAndKeys(files, async (existing, keys) => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await compareOnce(existing, keys)
      // A person who was erased meanwhile has no readable events any more, but rows in the snapshot.
      const differs = result.difference !== null || result.lost.length > 0
      const disturbed = differs && erasedSince(existing, result.head)
      if (disturbed && attempt < ATTEMPTS) continue
      if (result.lost.length > 0) throw keysLost(result.lost)
      return result
    }
  })
}

async function compareOnce({ db, log }: ExistingLog, keys: KeyStore) {
  const checked = new CheckedLog(log)
  const scratch = scratchBeside(db)
  try {
    const unreadable = new Unreadable()
    await fold(scratch.db, unreadable.noting(decodedCommits(checked, keys, 0, log.head().position)))
    // The snapshot is taken this late because the WAL cannot be truncated while it is held.
    db.exec('BEGIN')
    const head = log.head()
    scratch.db.exec('BEGIN')
    const since = decodedCommits(checked, keys, checked.head.position, head.position)
    await foldOn(scratch.db, unreadable.noting(since))
    scratch.db.exec('COMMIT')
    const difference = firstDifference(db, scratch.db) ?? headDifference(db, scratch.db)
    return { head, difference, lost: unreadable.lost(scratch.db) }
  } finally {
    if (db.inTransaction) db.exec('COMMIT')
    scratch.remove()
  }
}

/** Lists the tables that SQLite finds damaged, or whose indexes disagree with them. */
function tablesWithFaults(db: ExistingLog['db']): string[] {
  return Object.keys(TABLES).filter(
    (table) => db.pragma(`integrity_check('${table}')`, { simple: true }) !== 'ok',
  )
}

function scratchBeside(db: ExistingLog['db']): Scratch {
  return createScratch(db, { tables: Object.keys(TABLES), indexes: READ_MODEL_INDEXES })
}

/** Folds what was appended since, inside the transaction that the caller holds. */
async function foldOn(sql: SqlConnection, pages: CommitPages): Promise<number> {
  const projector = createProjector(sql)
  let events = 0
  for await (const page of pages) events += foldPage(projector, page)
  return events
}

async function withLogAndKeys<T>(
  files: Installation,
  work: (existing: ExistingLog, keys: KeyStore) => Promise<T>,
): Promise<T> {
  const existing = openExistingLog(files)
  try {
    const { keys, close } = await openExistingKeys(files, existing.log.id)
    try {
      return await work(existing, keys)
    } finally {
      await close()
    }
  } catch (error) {
    throw isDamaged(error) ? damagedFile(files.database, error) : error
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

// Read models that are ahead of the log are the last evidence of what is lost, so they must not be replaced.
function refuseLostCommits(sql: SqlConnection, position: number): void {
  const models = headOf(sql)?.position ?? 0
  if (models <= position) return
  throw new StartRefused(
    `The read models are at position ${models}, but the log ends at ${position}: commits are missing from the log`,
  )
}

function headDifference(live: SqlConnection, fresh: SqlConnection): RowDifference | null {
  const [found, wanted] = [headOf(live), headOf(fresh)]
  if (JSON.stringify(found) === JSON.stringify(wanted)) return null
  return { table: HEAD_TABLE, key: { position: found?.position ?? 0 }, reason: 'different', columns: [] }
}
