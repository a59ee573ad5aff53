import type { DocumentOperation } from '../documents/operation.ts'
import { DocumentTable } from '../documents/sqlite/table.ts'
import { Engine } from '../engine/engine.ts'
import { resumeErasures } from '../engine/erasure.ts'
import { assertReadModelsSound, assertTablesAddUp } from '../integrity/assert-read-models.ts'
import { keyFileIncomplete, keysLost, someLostSubjects } from '../integrity/lost-keys.ts'
import { isoTime } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { type CursorOperation, isCursorOperation } from '../log/cursors.ts'
import type { Installation } from '../log/installation.ts'
import { KeyStock, keyMaker } from '../log/keys/key-stock.ts'
import { CursorTable } from '../log/sqlite/cursors.ts'
import { damagedFile, isDamaged } from '../log/sqlite/database.ts'
import {
  type OpeningOptions,
  openSqliteInstallation,
  type SqliteInstallation,
} from '../log/sqlite/installation.ts'
import { SqliteScrubber } from '../log/sqlite/scrubber.ts'
import { SqliteTransaction } from '../log/sqlite/transaction.ts'
import { createProjector } from '../projections/projector.ts'
import { streamQueries } from '../projections/streams/queries.ts'
import { createViews } from '../projections/views.ts'
import type { Condition, Writer, WriterOptions } from './port.ts'
import { upkeepThread } from './upkeep.ts'

/** How many subject keys a server keeps ready. */
const READY_KEYS = 1024

/**
 * After how many changed rows the WAL is checkpointed. In a large installation nearly every change of an index is in a
 * page of its own, so this bounds how many random pages are written before the writer's next sync.
 */
const CHECKPOINT_CHANGES = 2_000

/** Opens the SQLite back end for writing in this thread, and finishes erasures that a crash interrupted. */
export async function openSqliteWriter(
  files: Installation,
  { keysAhead, clock, onCommit, onCondition, lossAccepted = false }: WriterOptions,
): Promise<Writer & { installation: SqliteInstallation }> {
  const installation = await openSound(files, isoTime(clock()), {
    onWatermarkFault: (fault) => onCondition(fault && watermarkFailed(fault)),
    lossAccepted,
  })
  const { db, log, keys, watermark } = installation
  const documents = new DocumentTable(db)
  const cursors = new CursorTable(db)
  const views = createViews(db)
  const scrubber = new SqliteScrubber(db)
  const isCheckpointDue = everySoManyChanges(db, CHECKPOINT_CHANGES)
  const upkeep = keysAhead
    ? upkeepThread(files, log.id, (cause) => engine.halt(checkpointFailed(cause)))
    : null
  const transaction = new SqliteTransaction(db, () => {
    if (upkeep && isCheckpointDue()) upkeep.checkpoint()
  })
  await starting(installation, files, () => resumeErasures({ views, log, keys, scrubber, transaction }))
  const engine = new Engine({
    transaction,
    log,
    keys,
    stock: new KeyStock(upkeep?.makeKeys ?? keyMaker(keys, systemRandom), upkeep ? READY_KEYS : 0),
    projector: createProjector(db),
    views,
    scrubber,
    documentWrites: {
      apply: (operation) => {
        const write = operation as DocumentOperation | CursorOperation
        return isCursorOperation(write) ? cursors.apply(write) : documents.apply(write)
      },
      forget: (userids) => {
        for (const account of userids) documents.apply({ type: 'revokeByAccount', account, now: clock() })
      },
    },
    clock,
    random: systemRandom,
    onCommit: (head) => {
      watermark.note(head)
      onCommit(head)
    },
    onFailure: ({ message }) => {
      watermark.stop()
      onCondition({ reason: message, halted: false, final: true })
    },
  })
  const close = async () => {
    await engine.close()
    upkeep?.close()
    await installation.close()
  }
  return { engine, installation, followNow: () => undefined, close }
}

/** Makes a function that tells whether so many rows have changed since it last answered `true`. */
function everySoManyChanges(db: SqliteInstallation['db'], many: number): () => boolean {
  const changes = db.prepare('SELECT total_changes()').pluck()
  let reported = 0
  return () => {
    const now = changes.get() as number
    if (now - reported < many) return false
    reported = now
    return true
  }
}

async function openSound(
  files: Installation,
  now: string,
  options: OpeningOptions,
): Promise<SqliteInstallation> {
  const installation = openSqliteInstallation(files, now, options)
  if (options.lossAccepted) return installation
  await starting(installation, files, () => assertTablesAddUp(files, installation))
  await starting(installation, files, () => assertKeysComplete(installation))
  await starting(installation, files, () => assertReadModelsSound(files, installation, systemRandom))
  return installation
}

/** Runs a step of the start. When it fails, closes the installation and says in one line what is damaged. */
async function starting(
  installation: SqliteInstallation,
  files: Installation,
  step: () => Promise<unknown>,
): Promise<void> {
  try {
    await step()
  } catch (error) {
    await installation.close()
    if (isDamaged(error)) throw damagedFile(`${files.keys} or ${files.database}`, error)
    if (error instanceof Refusal) throw new StartRefused(error.message, { cause: error })
    throw error
  }
}

/** Checks that no subject's key is missing. @throws StartRefused with what is missing. */
async function assertKeysComplete({ db, log, keys }: SqliteInstallation): Promise<void> {
  const missing = keys.missing()
  const checked = { streams: streamQueries(db), keys }
  const lost = await someLostSubjects(checked, log.head().sequence, systemRandom)
  if (lost.length > 0) throw keysLost(lost)
  if (missing) throw keyFileIncomplete(missing)
}

function watermarkFailed(fault: Error): Condition {
  return { reason: `the position of the log cannot be noted: ${fault.message}`, halted: false, final: false }
}

function checkpointFailed(cause: Error): Refusal {
  return new Refusal('storage_failed', 'The WAL could not be checkpointed into the database file', { cause })
}
