import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartRefused } from '../../kernel/start-refused.ts'
import { syncDirectory } from '../sync-directory.ts'
import { isBusy, lockAlone } from './database.ts'

/** A database file to replace, the file that takes its place, and the name under which the old one is kept. */
export interface Exchange {
  old: string
  fresh: string
  kept: string
}

/** A database file and what SQLite may keep beside it. */
const PARTS = ['-journal', '-wal', '-shm', '']

/**
 * Puts new database files in the place of old ones, which are kept under another name. Nobody may have the old
 * ones open; they are locked until the new ones are there. An exchange that was interrupted is completed by
 * calling this again with the same list: a fresh file that is gone has been put in its place already.
 *
 * @param begin is called once the old files are locked, before anything is moved.
 * @returns the names under which old files are kept.
 * @throws StartRefused while somebody has one open; nothing was moved then.
 */
export function exchangeFiles(exchanges: readonly Exchange[], begin: () => void): string[] {
  const open = exchanges.filter(({ fresh }) => existsSync(fresh))
  const locks = open.filter(({ old }) => existsSync(old)).map(({ old }) => ({ old, lock: tryLock(old) }))
  try {
    const busy = locks.find(({ lock }) => lock === 'busy')
    if (busy) throw new StartRefused(`${busy.old} is in use: stop the service first`)
    for (const { fresh } of open) syncFile(fresh)
    begin()
    for (const exchange of open) {
      moveAside(exchange)
      renameSync(exchange.fresh, exchange.old)
      syncDirectory(dirname(exchange.old))
    }
    return exchanges.filter(({ kept }) => existsSync(kept)).map(({ kept }) => kept)
  } finally {
    for (const { lock } of locks) if (lock !== null && lock !== 'busy') lock.close()
  }
}

/** Removes a database file and what SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const part of PARTS) rmSync(path + part, { force: true })
}

/** Locks a database, or answers `null` when it is none: what cannot be read, no service has open. */
function tryLock(path: string): ReturnType<typeof lockAlone> | 'busy' {
  try {
    return lockAlone(path)
  } catch (error) {
    if (isBusy(error)) return 'busy'
    throw error
  }
}

// The file itself goes last: a journal that was left alone under the old name would be taken for the new file's.
function moveAside({ old, kept }: Exchange): void {
  // What indexes a journal is of no use to anybody once nobody has it open.
  rmSync(`${old}-shm`, { force: true })
  for (const part of ['-wal', '']) if (existsSync(old + part)) renameSync(old + part, kept + part)
}

function syncFile(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
