import type { DocumentStore } from '../documents/port.ts'
import type { CarefulClock } from '../kernel/careful-clock.ts'
import { CLOCK_SKEW } from '../kernel/clock.ts'

/** How often the clocks are compared, in milliseconds. */
const LOOK_INTERVAL = 10_000
/** A sweep runs every so many looks, the first one later: a clock is often corrected soon after a start. */
const LOOKS_A_SWEEP = 6
const FIRST_LOOKS = 60
/** How long after its end something is removed, in milliseconds: by then it has ended by every node's clock. */
const KEPT_AFTER_END = 60 * 60_000
/** How many documents one step removes, so that other writes do not wait long. */
const STEP = 250

/** What a sweeper needs. */
export interface SweeperDeps {
  documents: Pick<DocumentStore, 'deleteExpired' | 'deleteIssuedAfter'>
  clock: Pick<CarefulClock, 'now' | 'ahead' | 'takeReturn'>
  /** Removes the links that had ended by a time, milliseconds since 1970. */
  purgeLinks(endedBy: number): Promise<void>
  /** Reads the clock of the database, milliseconds since 1970; `null` where it is this machine's clock. */
  storeTime(): Promise<number | null>
  report(error: unknown): void
  warn(text: string): void
}

/** Removes the documents that had ended by a time, step by step. */
export async function sweep(documents: Pick<DocumentStore, 'deleteExpired'>, endedBy: number): Promise<void> {
  while ((await documents.deleteExpired(STEP, endedBy)) === STEP);
}

/**
 * Sweeps every minute, from ten minutes after the start, until `stop`. Ended documents count as absent anyway; sweeping
 * only frees space. So it is done late, and by the earliest of the clocks: what a wrong clock ended becomes valid again
 * when the clock is corrected.
 */
export function keepSwept(deps: SweeperDeps): { stop(): Promise<void> } {
  const { documents, clock, report } = deps
  let running = Promise.resolve()
  let looksToSweep = FIRST_LOOKS
  let wasAhead = false

  const round = async () => {
    const now = clock.now()
    const isAhead = clock.ahead > 0
    if (isAhead && !wasAhead) deps.warn(aheadBy(clock.ahead))
    wasAhead = isAhead
    if (clock.takeReturn()) while ((await documents.deleteIssuedAfter(now + CLOCK_SKEW, STEP)) === STEP);
    looksToSweep -= 1
    if (looksToSweep > 0) return
    looksToSweep = LOOKS_A_SWEEP
    const stored = (await deps.storeTime()) ?? now
    const endedBy = Math.min(now, stored) - KEPT_AFTER_END
    await sweep(documents, endedBy)
    await deps.purgeLinks(endedBy)
  }
  const timer = setInterval(() => {
    running = running.then(round).catch(report)
  }, LOOK_INTERVAL)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      return running
    },
  }
}

function aheadBy(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  return `The clock of this machine has jumped ahead by ${seconds} seconds; nothing is removed by it until it has been ahead for a day`
}
