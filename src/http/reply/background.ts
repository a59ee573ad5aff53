import type { RandomSource } from '../../kernel/random.ts'

/** Work that runs after a reply, so that its time tells the caller nothing. */
export interface Background {
  /** Starts a task now; its errors are reported, not thrown. */
  run(task: () => Promise<void>): void
  /**
   * Starts a task at a random moment of the next seconds. For work that depends on whether an account exists: if it
   * ran at once, the next request would be slower and show that.
   */
  later(task: () => Promise<void>): void
  /** Starts the delayed tasks, and resolves when no task is left. */
  settled(): Promise<void>
}

/** The shortest and the longest delay of a task, in milliseconds. */
const SHORTEST_DELAY = 250
const LONGEST_DELAY = 3250

/** Makes the keeper of background work. */
export function createBackground(report: (error: unknown) => void, random: RandomSource): Background {
  const running = new Set<Promise<void>>()
  const putOff = new Set<() => void>()
  const run = (task: () => Promise<void>) => {
    const work = task()
      .catch(report)
      .finally(() => running.delete(work))
    running.add(work)
  }
  return {
    run,
    later(task) {
      const start = () => {
        clearTimeout(timer)
        putOff.delete(start)
        run(task)
      }
      const timer = setTimeout(start, delayOf(random))
      putOff.add(start)
    },
    async settled() {
      while (running.size + putOff.size > 0) {
        for (const start of [...putOff]) start()
        await Promise.all(running)
      }
    },
  }
}

function delayOf(random: RandomSource): number {
  const [high = 0, low = 0] = random(2)
  return SHORTEST_DELAY + ((high * 256 + low) / 65_536) * (LONGEST_DELAY - SHORTEST_DELAY)
}
