import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { ReactionCursors } from '../log/cursors.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { LogReading } from '../log/port.ts'
import type { LogWatch } from '../log/watch.ts'
import type { MailPort } from '../mail/port.ts'
import type { Views } from '../projections/views.ts'
import type { ReactionFact } from './follower.ts'
import { notices } from './notices.ts'
import { type RunnerTiming, type RunningReactions, runReactions } from './runner.ts'

/** What the reactions of this service need. */
export interface ReactionsDeps {
  log: LogReading
  keys: Pick<KeyStore, 'load'>
  views: Views
  watch: LogWatch
  cursors: ReactionCursors
  clock: Clock
  mail: Pick<MailPort, 'send'>
  /** Reports what an operator must know. */
  report(fact: ReactionFact): void
  /** Reports that the store could not be reached. */
  fault(error: unknown): void
  timing?: Partial<RunnerTiming>
}

/** Starts all reactions of this service. */
export function startReactions(deps: ReactionsDeps): RunningReactions {
  return runReactions([notices(deps)], { ...deps, audit: deps.views.audit, holder: newId() })
}
