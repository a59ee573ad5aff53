import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { command } from '../commands/command.ts'
import type { Actor } from '../events/envelope.ts'
import { rebuildReadModels } from '../integrity/rebuild.ts'
import { isoTime, systemClock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { readBackupFile } from '../log/sqlite/backup-file.ts'
import { exchangeFiles, removeDatabase } from '../log/sqlite/exchange-files.ts'
import { openExistingSqliteLog } from '../log/sqlite/existing-log.ts'
import { type InstallationFiles, inspectFiles } from '../log/sqlite/inspection.ts'
import { openSqliteInstallation } from '../log/sqlite/installation.ts'
import { migrateFile } from '../log/sqlite/migrate.ts'
import { openSqliteKeys } from '../log/sqlite/open-keys.ts'
import { orphanFault } from '../log/sqlite/orphans.ts'
import { RestoreNote } from '../log/sqlite/restore-note.ts'
import { settleHolding } from '../log/sqlite/settle-restore.ts'
import { throughLink } from '../log/sqlite/through-link.ts'
import { dropWatermark } from '../log/sqlite/watermark-check.ts'
import { verifyChain } from '../log/verify.ts'
import { watermarkPath } from '../log/watermark/file.ts'
import { openWriter } from '../storage/open-writer.ts'

/** The result of a restore. */
export interface Restored {
  log: string
  epoch: number
  position: number
  sequence: number
  /** When the backup was made, ISO 8601 UTC. */
  backup_created_at: string
  /** Where the files that were there before are kept. */
  kept: string[]
}

/**
 * Replaces the installation by a backup. First, in files beside it, it unpacks the backup, verifies its chain, rebuilds
 * its read models, begins a new epoch and removes all short-lived state; only then it exchanges the files. The earlier
 * files are kept under other names. A note beside the database ensures that an interrupted restore either changes
 * nothing or is finished by the next start. Where a file is a symbolic link, its target is replaced.
 *
 * @throws StartRefused when the backup is damaged, the master key is another one, or the service is running.
 */
export async function restoreBackup(
  given: InstallationFiles,
  backup: string,
  actor: Actor,
): Promise<Restored> {
  const files = { ...given, database: throughLink(given.database), keys: throughLink(given.keys) }
  for (const path of [files.database, files.keys]) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const note = RestoreNote.take(files.database)
  try {
    settleHolding(note, given)
    const restored = await restoreHolding(note, files, given, backup, actor)
    // Opening it once writes the watermark of the restored log.
    await openSqliteInstallation(given, isoTime(systemClock())).close()
    return restored
  } finally {
    note.close()
  }
}

async function restoreHolding(
  note: RestoreNote,
  files: InstallationFiles,
  given: InstallationFiles,
  backup: string,
  actor: Actor,
): Promise<Restored> {
  const now = isoTime(systemClock())
  const id = newId()
  const staged = {
    ...files,
    database: `${files.database}.restore-${id}`,
    keys: `${files.keys}.restore-${id}`,
  }
  const suffix = `before-restore-${now.replace(/[:.]/g, '-')}`
  const exchanges = (['keys', 'database'] as const).map((name) => ({
    old: files[name],
    fresh: staged[name],
    kept: `${files[name]}.${suffix}`,
  }))
  try {
    const content = readBackupFile(backup, { log: staged.database, keys: staged.keys })
    migrateFile(staged.database, now)
    openSqliteKeys(staged, content.log).close()
    requireSoundLog(staged)
    await rebuildReadModels(staged)
    const from_epoch = Math.max(content.epoch, knownEpoch(files, content.log))
    const head = await beginEpoch(staged, { from_epoch, backup_sequence: content.sequence }, actor)
    dropWatermark(staged)
    const kept = exchangeFiles(exchanges, () => {
      note.write(exchanges)
      // The earlier files may hold another log; without their watermark the next start accepts the restored files.
      rmSync(watermarkPath(given), { force: true })
    })
    note.remove()
    const { log, epoch, position, sequence } = head
    return { log, epoch, position, sequence, backup_created_at: content.created_at, kept }
  } catch (error) {
    // Once the exchange has begun, only the new files are a complete pair: the next start continues with them.
    if (note.pending() !== null) {
      const reason = error instanceof Error ? error.message : String(error)
      const message = `The restore was interrupted while it exchanged the files: ${reason}. Start the service, or restore again, to finish it`
      throw new StartRefused(message, { cause: error })
    }
    for (const path of [staged.database, staged.keys]) removeDatabase(path)
    note.remove()
    throw error
  }
}

function requireSoundLog(files: InstallationFiles): void {
  const { db, log, close } = openExistingSqliteLog(files)
  try {
    const chain = verifyChain(log)
    const fault = 'reason' in chain ? chain : orphanFault(db)
    if (fault)
      throw new StartRefused(
        `The log in the backup is damaged at position ${fault.position}: ${fault.reason}`,
      )
  } finally {
    close()
  }
}

async function beginEpoch(
  files: InstallationFiles,
  input: { from_epoch: number; backup_sequence: number },
  actor: Actor,
) {
  const { engine, installation, close } = await openWriter(files, () => undefined)
  try {
    await Promise.all([engine.write({ type: 'clear' }), engine.submit(command('begin-epoch', input, actor))])
    return installation.log.head()
  } finally {
    await close()
  }
}

/** Reads the epoch of the log to be replaced; 0 when there is none, or it is another log. */
function knownEpoch(files: InstallationFiles, log: string): number {
  try {
    if (!inspectFiles(files).database) return 0
    const existing = openExistingSqliteLog(files)
    const head = existing.log.head()
    existing.close()
    return head.log === log ? head.epoch : 0
  } catch (error) {
    // Damage is a reason to restore, not a reason to refuse it.
    if (error instanceof StartRefused || isSqliteError(error)) return 0
    throw error
  }
}

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')
}
