import type { Clock } from '../kernel/clock.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Condition } from './port.ts'

/** How often the shared log is looked at, in milliseconds. */
const INTERVAL = 100
/** How long the database may be silent before the node says that it is not well, in milliseconds. */
const SILENCE = 3_000

/** What a pulse does at each beat. */
export interface PulseDeps {
  /** Looks at the shared log and takes in what is new. @throws Refusal when it cannot. */
  beat(): Promise<void>
  /** Called with a refusal that nothing can follow upon. */
  onFatal(refusal: Refusal): void
  onCondition(condition: Condition | null): void
  clock: Clock
}

/** Looks at the shared log again and again, and at once when it is told that there may be something. */
export function startPulse(deps: PulseDeps): { hint(): void; stop(): Promise<void> } {
  let stopped = false
  let hinted = false
  let wake: () => void = () => undefined
  let heard = deps.clock()
  let silent = false

  const beat = async () => {
    try {
      await deps.beat()
      heard = deps.clock()
      if (silent) deps.onCondition(null)
      silent = false
    } catch (error) {
      if (stopped) return
      if (error instanceof Refusal && error.code === 'storage_failed') {
        stopped = true
        return deps.onFatal(error)
      }
      if (!(error instanceof Refusal)) throw error
      if (silent || deps.clock() - heard < SILENCE) return
      silent = true
      const reason =
        error.code === 'storage_full' ? 'the disk of this node is full' : 'the database does not answer'
      deps.onCondition({ reason, halted: false, final: false })
    }
  }
  const rest = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, INTERVAL)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const run = async () => {
    while (!stopped) {
      if (!hinted) await rest()
      hinted = false
      if (!stopped) await beat()
    }
  }
  const running = run()
  return {
    hint: () => {
      hinted = true
      wake()
    },
    stop: async () => {
      stopped = true
      wake()
      await running
    },
  }
}
