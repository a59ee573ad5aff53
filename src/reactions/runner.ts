import type { LogWatch } from '../log/watch.ts'
import { type FollowerDeps, LeaseLost, ReactionFollower, type ReactionTiming } from './follower.ts'
import { Lease } from './lease.ts'
import { pause } from './pause.ts'
import type { Reaction } from './reaction.ts'

/** What the runner needs. */
export interface RunnerDeps extends Omit<FollowerDeps, 'timing'> {
  watch: LogWatch
  /** Reports a fault outside the reactions: the store could not be reached. */
  fault(error: unknown): void
  timing?: Partial<RunnerTiming>
}

/** The waiting times, in milliseconds. */
export interface RunnerTiming extends ReactionTiming {
  /** How long the lease is valid once taken: after a process dies, the others wait for as long. */
  lease: number
  /** How often the holder extends it, and how often the others ask for it. */
  renew: number
  /** How long commits accumulate before the log is searched again. */
  gather: number
}

const TIMING: RunnerTiming = {
  attempts: 5,
  firstRetry: 1_000,
  longestRetry: 60_000,
  lease: 60_000,
  renew: 20_000,
  gather: 100,
}

/** The progress of a reaction, for metrics and health. */
export interface ReactionStatus {
  name: string
  /** Whether this process runs it; if not, the other numbers are 0. */
  running: boolean
  /** How many events of the log it has not processed yet. */
  lag: number
  /** How many events it has parked. */
  parked: number
}

/** The running reactions. */
export interface RunningReactions {
  status(): ReactionStatus[]
  /** Lets the work in progress end, releases the lease, and stops. */
  stop(): Promise<void>
}

/** Runs reactions while this process holds the lease, and waits for the lease otherwise. */
export function runReactions(reactions: readonly Reaction[], deps: RunnerDeps): RunningReactions {
  const timing = { ...TIMING, ...deps.timing }
  const { watch } = deps
  const ending = new AbortController()
  const { signal } = ending
  const lease = new Lease({ ...deps, length: timing.lease, renew: timing.renew })
  const followers = reactions.map((reaction) => new ReactionFollower(reaction, { ...deps, timing }))
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

  const follow = async (follower: ReactionFollower): Promise<void> => {
    // Another process may have moved the cursor while this one was without the lease.
    follower.forget()
    while (!signal.aborted && lease.held) {
      const { generation } = watch
      await follower.catchUp(signal)
      await watch.changed(generation, signal)
      await pause(timing.gather, signal)
    }
  }

  const run = async (follower: ReactionFollower): Promise<void> => {
    while (!signal.aborted) {
      await Promise.race([lease.taken, aborted])
      try {
        await follow(follower)
      } catch (error) {
        if (!(error instanceof LeaseLost)) deps.fault(error)
      }
      await pause(timing.firstRetry, signal)
    }
  }

  const running = [lease.keep(signal), ...followers.map(run)]
  return {
    status: () => followers.map((follower) => follower.status),
    async stop() {
      ending.abort()
      await Promise.all(running)
      await lease.release()
    },
  }
}
