import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartRefused } from '../../kernel/fault.ts'
import { isBusy, lockAlone } from './database.ts'

/**
 * Puts new database files in the place of old ones, which are kept under another name. Nobody may have the old
 * ones open; they are locked until the new ones are there.
 *
 * @param exchanges in which order: for each the file to replace and the file that takes its place.
 * @returns the names under which the old files are kept.
 * @throws StartRefused while somebody has one open; nothing was moved then.
 */
export function exchangeFiles(
  exchanges: readonly { old: string; fresh: string }[],
  suffix: string,
): string[] {
  const locks = exchanges.filter(({ old }) => existsSync(old)).map(({ old }) => ({ old, lock: tryLock(old) }))
  try {
    const busy = locks.find(({ lock }) => lock === 'busy')
    if (busy) throw new StartRefused(`${busy.old} is in use: stop the service first`)
    // Under the lock the journal has ended, and what indexed it is of no use to anybody.
    for (const { old, lock } of locks) if (lock) rmSync(`${old}-shm`, { force: true })
    const kept = locks.map(({ old }) => moveAside(old, suffix))
    for (const { old, fresh } of exchanges) {
      renameSync(fresh, old)
      syncDirectory(dirname(old))
    }
    return kept
  } finally {
    for (const { lock } of locks) if (lock !== null && lock !== 'busy') lock.close()
  }
}

/** Locks a database, or tells that it is none: what cannot be read, no service has open. */
function tryLock(path: string): ReturnType<typeof lockAlone> | 'busy' {
  try {
    return lockAlone(path)
  } catch (error) {
    if (isBusy(error)) return 'busy'
    throw error
  }
}

function moveAside(path: string, suffix: string): string {
  const kept = `${path}.${suffix}`
  for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, kept + end)
  return kept
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  fsyncSync(directory)
  closeSync(directory)
}
