import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** How many links may lead to one another. */
const MOST_LINKS = 40

/**
 * Follows symbolic links to the file that is meant, also when it is missing: what replaces a database file must lie
 * beside that file, and the link must stay a link.
 */
export function throughLink(path: string): string {
  let target = path
  for (let count = 0; count < MOST_LINKS; count += 1) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target
    target = resolve(dirname(target), readlinkSync(target))
  }
  return target
}
