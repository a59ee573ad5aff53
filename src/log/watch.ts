import type { Head } from '../events/commit.ts'
import { type Clock, steadyClock } from '../kernel/clock.ts'

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

/** How often the file is asked whether another process wrote to it while somebody waits for that, in milliseconds. */
const POLL_INTERVAL = 100
/** For how long an answer of the file is good, in milliseconds. */
const FRESH = 10

/**
 * Watches a log: at once for commits of this process, within a tenth of a second for those of another. The file is
 * asked while somebody waits and when somebody asks, never otherwise: a service that idles sleeps.
 *
 * @param version a number that changes whenever another connection has written.
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
 * Waits until a log has come as far as a position; answers whether it did within the time.
 *
 * @param within milliseconds.
 * @param onWait called once when there is something to wait for.
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
    // Taken before looking: a commit between the look and the wait must not be slept through.
    const generation = watch.generation
    if (log.head().position >= position) return true
    if (signal.aborted) return false
    await watch.changed(generation, signal)
  }
}
