import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartRefused } from '../../kernel/start-refused.ts'
import { syncDirectory } from '../sync-directory.ts'
import { isBusy, lockAlone } from './database.ts'

/** A database file to replace, the file that replaces it, and the name under which the old one is kept. */
export interface Exchange {
  old: string
  fresh: string
  kept: string
}

/** The suffixes of a database file and of the files that SQLite may keep beside it. */
const PARTS = ['-journal', '-wal', '-shm', '']

/**
 * Replaces database files with new ones and keeps the old ones under another name. No other process may have the old
 * ones open; they are locked until the new ones are there. Calling this again with the same list completes an
 * interrupted exchange: a fresh file that is missing is already in place.
 *
 * @param begin called once the old files are locked, before anything is moved.
 * @returns the names under which old files are kept.
 * @throws StartRefused while another process has one open; then nothing was moved.
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

/** Removes a database file and the files that SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const part of PARTS) rmSync(path + part, { force: true })
}

/** Locks a database, or returns `null` when it is not one: a service cannot have it open then. */
function tryLock(path: string): ReturnType<typeof lockAlone> | 'busy' {
  try {
    return lockAlone(path)
  } catch (error) {
    if (isBusy(error)) return 'busy'
    throw error
  }
}

// The file itself moves last: a WAL that stays alone under the old name would be read as that of the new file.
function moveAside({ old, kept }: Exchange): void {
  // The index of the WAL is useless once no process has it open.
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
