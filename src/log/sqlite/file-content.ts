import { statSync } from 'node:fs'

/** Tells whether a file exists and is not empty. */
export function isFilled(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}
