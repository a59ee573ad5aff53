import type { Head } from '../events/commit.ts'
import type { LogWatch } from './watch.ts'

/**
 * Waits until a log has come as far as a position; answers whether it did within the time.
 *
 * @param within milliseconds.
 * @param onWait called once when there is something to wait for.
 */
export async function reaching(
  log: { head(): Pick<Head, 'position'> },
  watch: LogWatch,
  position: number,
  within: number,
  onWait: () => void = () => undefined,
): Promise<boolean> {
  if (log.head().position >= position) return true
  const signal = AbortSignal.timeout(within)
  onWait()
  for (;;) {
    // Taken before looking: a commit between the look and the wait must not be slept through.
    const generation = watch.generation
    if (log.head().position >= position) return true
    if (signal.aborted) return false
    await watch.changed(generation, signal)
  }
}
