import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** How far the watcher has come, and in which log. */
export interface Cursor {
  log: string
  epoch: number
  sequence: number
}

/** Reads the cursor of an earlier run, or `null`. */
export function readCursor(file: string): Cursor | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Cursor) : null
}

/** Remembers a cursor. The file is replaced whole, so that a crash leaves the old one or the new one. */
export function writeCursor(file: string, cursor: Cursor): void {
  writeFileSync(`${file}.new`, JSON.stringify(cursor))
  renameSync(`${file}.new`, file)
}
