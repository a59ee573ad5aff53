import type { Head } from '../events/commit.ts'
import { type Clock, steadyClock } from '../kernel/clock.ts'

/** Notifies readers in this process that the log may have grown, also when another process wrote to it. */
export interface LogWatch {
  /** Called by this process's own writer after each commit. */
  notify(): void
  /** Counts the signs of growth so far. Read it before the log, and pass it to `changed` afterwards. */
  readonly generation: number
  /** Resolves after a sign of growth since `generation`, or when the signal aborts. */
  changed(generation: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** How often the file is checked for writes of another process while a reader waits for them, in milliseconds. */
const POLL_INTERVAL = 100
/** For how long the result of a check is good, in milliseconds. */
const FRESH = 10

/**
 * Watches a log: sees commits of this process at once, and those of another within a tenth of a second. It checks the
 * file only while a reader waits or asks, so that an idle service sleeps.
 *
 * @param version reads a number that changes whenever another connection has written.
 */
export function watchLog(version: () => number, clock: Clock = steadyClock): LogWatch {
  let waiting: (() => void)[] = []
  let generation = 0
  let seen = version()
  let lookedAt = clock()
  let timer: NodeJS.Timeout | null = null
  let closed = false
  const wake = () => {
    generation += 1
    const woken = waiting
    waiting = []
    for (const resume of woken) resume()
    if (waiting.length === 0) rest()
  }
  const rest = () => {
    if (timer) clearInterval(timer)
    timer = null
  }
  const look = () => {
    lookedAt = clock()
    const now = version()
    if (now === seen) return
    seen = now
    wake()
  }
  return {
    notify: wake,
    get generation() {
      if (!closed && clock() - lookedAt >= FRESH) look()
      return generation
    },
    changed: (since, signal) =>
      new Promise((resolve) => {
        if (closed || signal.aborted || generation > since) return resolve()
        const resume = () => {
          signal.removeEventListener('abort', resume)
          waiting = waiting.filter((each) => each !== resume)
          if (waiting.length === 0) rest()
          resolve()
        }
        signal.addEventListener('abort', resume, { once: true })
        waiting.push(resume)
        timer ??= setInterval(look, POLL_INTERVAL).unref()
      }),
    close: () => {
      closed = true
      wake()
      rest()
    },
  }
}

/**
 * Waits until a log reaches a position; answers whether it did within the time.
 *
 * @param within milliseconds.
 * @param onWait called once if it has to wait.
 */
export async function waitForPosition(
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
    // Taken before reading the head, so that a commit between the read and the wait is not missed.
    const generation = watch.generation
    if (log.head().position >= position) return true
    if (signal.aborted) return false
    await watch.changed(generation, signal)
  }
}
