import type { DocumentStore } from '../documents/port.ts'
import type { CarefulClock } from '../kernel/careful-clock.ts'
import { CLOCK_SKEW } from '../kernel/clock.ts'

/** How often the clocks are compared, in milliseconds. */
const LOOK_INTERVAL = 10_000
/** What has ended is removed each so many looks, and first after so many: a clock is often set right soon after a start. */
const LOOKS_A_SWEEP = 6
const FIRST_LOOKS = 60
/** How long after its end something is removed, in milliseconds: by then every node's clock has passed it. */
const KEPT_AFTER_END = 60 * 60_000
/** How much is removed in one step, so that nobody waits for long behind it. */
const STEP = 250

/** What a sweeper removes, and by which time. */
export interface SweeperDeps {
  documents: Pick<DocumentStore, 'deleteExpired' | 'deleteIssuedAfter'>
  clock: Pick<CarefulClock, 'now' | 'ahead' | 'takeReturn'>
  /** Clears away the links that had ended by a time, milliseconds since 1970. */
  purgeLinks(endedBy: number): Promise<void>
  /** Reads the clock of the database, milliseconds since 1970; `null` where it is that of this machine. */
  storeTime(): Promise<number | null>
  report(error: unknown): void
  warn(text: string): void
}

/** Removes what had ended by a time, step by step. */
export async function sweep(documents: Pick<DocumentStore, 'deleteExpired'>, endedBy: number): Promise<void> {
  while ((await documents.deleteExpired(STEP, endedBy)) === STEP);
}

/**
 * Sweeps every minute, from ten minutes after the start, until it is told to stop. What has ended is absent for
 * everybody anyway: this frees space. So it is done late, and by the earliest of the times that the clocks tell: what a
 * wrong clock ended comes back.
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
  return `The clock of this machine has jumped ahead by ${seconds} seconds; nothing is cleared away by it until it has stayed so for a day`
}
