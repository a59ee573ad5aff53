import { isDeepStrictEqual } from 'node:util'

/** The old and new value of each field that differs. */
export type Differences<T> = { [K in keyof T]?: { before: T[K]; after: T[K] } }

/** Compares the fields of `wanted` with their values now. */
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
