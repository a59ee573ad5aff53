import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** How many links in a row are followed. */
const MOST_LINKS = 40

/**
 * Follows symbolic links to their target, even if it is missing: a file that replaces a database must be beside the
 * target, and the link must stay a link.
 */
export function throughLink(path: string): string {
  let target = path
  for (let count = 0; count < MOST_LINKS; count += 1) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target
    target = resolve(dirname(target), readlinkSync(target))
  }
  return target
}
