/** Tells readers in this process that the log may have grown, whoever wrote to it. */
export interface LogWatch {
  /** Called by this process's own writer after each commit. */
  notify(): void
  /** Counts the signs of growth so far. Take it before reading, and hand it to `changed` after. */
  readonly generation: number
  /** Resolves once there was a sign of growth since `generation`, or when the signal aborts. */
  changed(generation: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** How often the file is asked whether another process wrote to it, in milliseconds. */
const POLL_INTERVAL = 100

/**
 * Watches a log: at once for commits of this process, within a tenth of a second for those of another.
 *
 * @param version a number that changes whenever another connection has written.
 */
export function watchLog(version: () => number): LogWatch {
  let waiting: (() => void)[] = []
  let generation = 0
  let seen = version()
  const wake = () => {
    generation += 1
    const woken = waiting
    waiting = []
    for (const resume of woken) resume()
  }
  const timer = setInterval(() => {
    const now = version()
    if (now === seen) return
    seen = now
    wake()
  }, POLL_INTERVAL)
  timer.unref()
  return {
    notify: wake,
    get generation() {
      return generation
    },
    changed: (since, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || generation > since) return resolve()
        const resume = () => {
          signal.removeEventListener('abort', resume)
          resolve()
        }
        signal.addEventListener('abort', resume, { once: true })
        waiting.push(resume)
      }),
    close: () => {
      clearInterval(timer)
      wake()
    },
  }
}
