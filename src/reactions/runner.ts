import type { LogWatch } from '../log/watch.ts'
import { type FollowerDeps, LeaseLost, ReactionFollower, type ReactionTiming } from './follower.ts'
import { Lease } from './lease.ts'
import { pause } from './pause.ts'
import type { Reaction } from './reaction.ts'

/** What runs the reactions of one process. */
export interface RunnerDeps extends Omit<FollowerDeps, 'timing'> {
  watch: LogWatch
  /** Hears of a fault that is no reaction's own: the store cannot be reached. */
  fault(error: unknown): void
  timing?: Partial<RunnerTiming>
}

/** How long things wait, in milliseconds. */
export interface RunnerTiming extends ReactionTiming {
  /** How long the lease holds once it is taken; a process that died keeps the others waiting for as long. */
  lease: number
  /** How soon it is extended, and how often a process without it asks for it. */
  renew: number
  /** How long commits may gather before the log is searched again. */
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

/** Where a reaction is, for metrics and health. */
export interface ReactionStatus {
  name: string
  /** Whether this process runs it; the other numbers are 0 where it does not. */
  running: boolean
  /** How many events of the log it has not looked at yet. */
  lag: number
  /** How many events it gave up on. */
  parked: number
}

/** The reactions as they run. */
export interface RunningReactions {
  status(): ReactionStatus[]
  /** Lets what has begun end, gives up the lease, and stops. */
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
