const PAUSE = new Int32Array(new SharedArrayBuffer(4))

/**
 * Retries until it succeeds, for the few locks that SQLite itself does not wait for. Blocks the thread.
 *
 * @param attempt answers whether it succeeded.
 * @param patience how long to retry, in milliseconds.
 * @returns whether it succeeded in time.
 */
export function retryBlocking(attempt: () => boolean, patience: number): boolean {
  const until = performance.now() + patience
  while (!attempt()) {
    if (performance.now() > until) return false
    Atomics.wait(PAUSE, 0, 0, 5)
  }
  return true
}
