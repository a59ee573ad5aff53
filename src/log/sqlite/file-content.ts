import { statSync } from 'node:fs'

/** Tells whether a file is there and holds anything. */
export function isFilled(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}
