/** Whether the long versions of the fault tests run; the short ones fit into every `npm test`. */
export const LONG = process.env.COUNTERSIGN_LONG_TESTS === '1'

/** Chooses between the size of the short version and that of the long one. */
export function scale(short: number, long: number): number {
  return LONG ? long : short
}

/** Whether `reason` lets a test be skipped: never in continuous integration, where it fails instead. */
export function maySkip(reason: string | null): boolean {
  if (reason === null) return false
  if (process.env.CI) throw new Error(`This test must not be skipped here: ${reason}`)
  console.log(`skipped: ${reason}`)
  return true
}
