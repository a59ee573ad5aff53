import type { Clock } from '../kernel/clock.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Condition } from './port.ts'

/** How often the shared log is read, in milliseconds. */
const INTERVAL = 100
/** After how long without an answer of the database the node reports a fault, in milliseconds. */
const SILENCE = 3_000

/** What a follow loop does at each tick, and whom it tells of faults. */
export interface FollowLoopDeps {
  /** Reads the shared log and applies what is new. @throws Refusal when it cannot. */
  tick(): Promise<void>
  /** Called with a failure that the node cannot recover from. */
  onFatal(refusal: Refusal): void
  onCondition(condition: Condition | null): void
  clock: Clock
}

/** Reads the shared log again and again; `wake` makes the next tick begin at once. */
export function startFollowLoop(deps: FollowLoopDeps): { wake(): void; stop(): Promise<void> } {
  let stopped = false
  let isWoken = false
  let endRest: () => void = () => undefined
  let lastAnswer = deps.clock()
  let silent = false

  const tick = async () => {
    try {
      await deps.tick()
      lastAnswer = deps.clock()
      if (silent) deps.onCondition(null)
      silent = false
    } catch (error) {
      if (stopped) return
      if (error instanceof Refusal && error.code === 'storage_failed') {
        stopped = true
        return deps.onFatal(error)
      }
      if (!(error instanceof Refusal)) throw error
      if (silent || deps.clock() - lastAnswer < SILENCE) return
      silent = true
      const reason =
        error.code === 'storage_full' ? 'the disk of this node is full' : 'the database does not answer'
      deps.onCondition({ reason, halted: false, final: false })
    }
  }
  const rest = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, INTERVAL)
      endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const run = async () => {
    while (!stopped) {
      if (!isWoken) await rest()
      isWoken = false
      if (!stopped) await tick()
    }
  }
  const running = run()
  return {
    wake: () => {
      isWoken = true
      endRest()
    },
    stop: async () => {
      stopped = true
      endRest()
      await running
    },
  }
}
