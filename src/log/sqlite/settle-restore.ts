import { rmSync } from 'node:fs'
import { StartRefused } from '../../kernel/start-refused.ts'
import { watermarkPath } from '../watermark/file.ts'
import { exchangeFiles, removeDatabase } from './exchange-files.ts'
import { isFilled } from './file-content.ts'
import { findLeftovers, type InstallationPaths } from './leftovers.ts'
import { RestoreNote, stageOfRestore } from './restore-note.ts'
import { throughLink } from './through-link.ts'

/** What was done about an interrupted restore. */
export interface SettledRestore {
  /** Whether its exchange of files was completed. */
  finished: boolean
  /** Where the files from before it are kept; empty unless it was completed. */
  kept: string[]
  /** Unused files that were removed. */
  removed: string[]
}

/**
 * Finishes an interrupted restore: if its new files are complete they are put in place, and otherwise they are removed,
 * unless nothing else is there. Every start does this first.
 *
 * @returns what was done, `null` when there was nothing to do.
 * @throws StartRefused while a restore is running.
 */
export function settleRestore(files: Pick<InstallationPaths, 'database' | 'keys'>): SettledRestore | null {
  const database = throughLink(files.database)
  const stage = stageOfRestore(database)
  if (stage === null && findLeftovers(files).staged.length === 0) return null
  // The staged files are the last sign that a log is missing here.
  if (stage !== 'exchanging' && !isFilled(database)) return null
  const note = RestoreNote.take(database)
  try {
    const settled = settleHolding(note, files)
    note.remove()
    return settled
  } catch (cause) {
    if (cause instanceof StartRefused) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartRefused(`A restore that was interrupted cannot be finished: ${reason}`, { cause })
  } finally {
    note.close()
  }
}

/** Does the same for a caller that holds the note and goes on to use it. */
export function settleHolding(
  note: RestoreNote,
  files: Pick<InstallationPaths, 'database' | 'keys'>,
): SettledRestore {
  const pending = note.pending()
  // The watermark belongs to the files from before, and maybe to another log.
  if (pending) rmSync(watermarkPath(files), { force: true })
  const kept = pending ? exchangeFiles(pending, () => undefined) : []
  const removed = findLeftovers(files).staged
  for (const path of removed) removeDatabase(path)
  note.clear()
  return { finished: pending !== null, kept, removed }
}

/** Refuses to read when an interrupted restore has left two files that do not belong together. */
export function refuseHalfExchanged({ database }: Pick<InstallationPaths, 'database'>): void {
  if (stageOfRestore(throughLink(database)) !== 'exchanging') return
  throw new StartRefused(
    'A restore was interrupted while it exchanged the files: start the service, or restore again, to finish it',
  )
}

/** Says in one line what was done about an interrupted restore. */
export function describeSettled({ finished, kept, removed }: SettledRestore): string {
  const what = finished
    ? `A restore that was interrupted is finished${kept.length > 0 ? `; what was there before: ${kept.join(', ')}` : ''}`
    : 'A restore was interrupted before it changed anything'
  return removed.length > 0 ? `${what}. Removed what it left: ${removed.join(', ')}` : what
}
