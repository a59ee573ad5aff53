import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StartRefused } from '../../kernel/start-refused.ts'
import { watermarkPath } from '../watermark/file.ts'
import { isFilled } from './file-content.ts'
import { throughLink } from './through-link.ts'

/** The names of files beside a database that an interrupted restore or copy leaves, or that a restore keeps. */
const STAGED = '.restore-'
const KEPT = '.before-restore-'
const DRAFT = '.copying'
const NOTE = '.restoring'
const MADE_BY_SQLITE = /-(wal|shm|journal)$/

/** The paths of an installation's files. */
export interface InstallationPaths {
  database: string
  keys: string
  masterKeyFile: string
}

/** The files beside an installation that restores and copies have left. */
export interface Leftovers {
  /** New files of restores that were never used. */
  staged: string[]
  /** Drafts of copies that were never finished. */
  drafts: string[]
  /** What was there before a restore. */
  kept: string[]
}

/** Returns the path of the note of a restore: beside the database file itself. */
export function notePath(database: string): string {
  return database + NOTE
}

/** Lists the files that restores and copies have left. */
export function findLeftovers(files: Pick<InstallationPaths, 'database' | 'keys'>): Leftovers {
  const databases = [files.database, throughLink(files.database)]
  const keys = [files.keys, throughLink(files.keys)]
  const watermarks = keys.map((path) => watermarkPath({ keys: path }))
  const besides = [...new Set([...databases, ...keys, ...watermarks])]
  const named = (mark: string) =>
    [...new Set(besides.flatMap((path) => beside(path, mark)))].filter((path) => !MADE_BY_SQLITE.test(path))
  return { staged: named(STAGED), drafts: named(DRAFT), kept: named(KEPT) }
}

/**
 * Refuses to begin a new installation where files show that a log is missing: it would hide the loss, and offer a claim
 * link under the real address.
 *
 * @throws StartRefused with the files that are there and what to do.
 */
export function refuseLeftovers(files: InstallationPaths): void {
  const { database, keys, masterKeyFile } = files
  if (isDangling(database)) {
    throw new StartRefused(
      `${database} is a link to ${throughLink(database)}, which is missing: mount or restore it, or make an empty file there for a new installation`,
    )
  }
  const { staged, drafts, kept } = findLeftovers(files)
  const replica = join(dirname(masterKeyFile), 'replica.db')
  const found = [keys, masterKeyFile, replica, watermarkPath(files)].filter(
    (path) => path !== database && existsSync(path),
  )
  const note = notePath(throughLink(database))
  const remnants = [...found, ...kept, ...staged, ...(existsSync(note) ? [note] : []), ...drafts]
  // Checked last: another process that is making a new installation makes the log before anything else.
  if (remnants.length === 0 || isFilled(database)) return
  const names = remnants.map((path) => basename(path)).join(', ')
  throw new StartRefused(
    `${remnants[0]} is there, but the log ${database} is missing: restore it from a backup, or move away what is left of it (${names}) to begin a new installation`,
  )
}

function isDangling(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true && !existsSync(path)
}

function beside(path: string, mark: string): string[] {
  const directory = dirname(path)
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.startsWith(basename(path) + mark))
    .sort()
    .map((name) => join(directory, name))
}
