import { isDeepStrictEqual } from 'node:util'

/** For each field that differs: what it was and what it is to be. */
export type Differences<T> = { [K in keyof T]?: { before: T[K]; after: T[K] } }

/** Compares the fields that are named in `wanted` with what they are now. */
export function differences<T extends object>(
  now: T,
  wanted: { [K in keyof T]?: T[K] | undefined },
): Differences<T> {
  const found: Differences<T> = {}
  for (const field in wanted) {
    const after = wanted[field]
    if (after !== undefined && !isDeepStrictEqual(now[field], after)) {
      found[field] = { before: now[field], after }
    }
  }
  return found
}
