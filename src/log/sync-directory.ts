import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Syncs a directory, so that the names in it survive a loss of power. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
