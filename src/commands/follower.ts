import type { KeyObject } from 'node:crypto'
import { follow } from '../events/chain.ts'
import type { Commit, Head } from '../events/commit.ts'
import type { RecordedEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { KeyStore } from '../log/key-store.ts'
import type { CommitArbiter, LocalLog, Scrubber, Transaction } from '../log/port.ts'
import type { Projector } from '../projections/projector.ts'
import type { Views } from '../projections/views.ts'
import { type Erasure, erasureOf, finishForeignErasures } from './erasure.ts'

export interface FollowerDeps {
  transaction: Transaction
  log: LocalLog
  keys: KeyStore
  projector: Projector
  views: Views
  scrubber: Scrubber
  arbiter: Pick<CommitArbiter, 'commitsAfter' | 'compare' | 'hashAt'>
  /** Notes, inside the transaction, that the files hold traces of erased people until they are scrubbed. */
  traceLeft(): void
  /** Called with the new head after every page that was taken in. */
  onCommit?: (head: Head) => void
}

/** How many commits are read at once. */
const PAGE = 64

/**
 * Takes the commits that other nodes appended into the tables of this one: each is checked to follow from the
 * last, and goes through the same projections. Whatever does not follow stops the node (I11).
 */
export class Follower {
  readonly #deps: FollowerDeps

  constructor(deps: FollowerDeps) {
    this.#deps = deps
  }

  /** Tells whether the log has grown, and makes sure that it still holds the commit that this node stands at. */
  async look(): Promise<boolean> {
    const { log, arbiter } = this.#deps
    const head = log.head()
    const { hash, grown } = await arbiter.compare(head.position)
    if (head.position === 0 || isSame(hash, head.hash)) return grown
    // A server that has just become the primary may show less than the one before: ask for a proof.
    const proven = await arbiter.hashAt(head.position)
    if (isSame(proven, head.hash)) return grown
    throw diverged(
      proven === null
        ? `the log ends before position ${head.position}, which this node has seen`
        : `position ${head.position} holds another commit than the one this node has seen`,
    )
  }

  /** Takes in everything that is new. @throws Refusal `storage_failed` when something does not follow. */
  async catchUp(): Promise<void> {
    const { log, arbiter, views, scrubber, keys } = this.#deps
    const erasures: Erasure[] = []
    for (;;) {
      const page = await arbiter.commitsAfter(log.head().position, PAGE)
      if (page.length === 0) break
      const opened = await this.#keysOf(page)
      this.#takeIn(page, opened, erasures)
      this.#deps.onCommit?.(log.head())
      if (page.length < PAGE) break
    }
    await finishForeignErasures(erasures, { views, log, keys, scrubber })
  }

  #takeIn(page: readonly Commit[], keys: ReadonlyMap<string, KeyObject>, erasures: Erasure[]): void {
    const { transaction } = this.#deps
    transaction.begin()
    try {
      // Another process on the same replica may have been here since the page was read.
      let head = this.#deps.log.head()
      for (const commit of page) {
        if (commit.position <= head.position) continue
        const next = follow(head, commit)
        if ('fault' in next) throw diverged(`position ${commit.position}: ${next.fault}`)
        head = this.#apply(commit, next, keys, erasures)
      }
      transaction.commit()
    } catch (error) {
      transaction.rollback()
      throw error
    }
  }

  #apply(commit: Commit, next: Head, keys: ReadonlyMap<string, KeyObject>, erasures: Erasure[]): Head {
    const { log, projector, views } = this.#deps
    log.insert(commit)
    for (const stored of commit.events) {
      const event = decoded(stored, log.id, stored.key_id === null ? null : (keys.get(stored.key_id) ?? null))
      const erasure = event.erased ? null : erasureOf(views, event, event.command)
      // Somebody of whom nothing was ever readable here left no trace either.
      if (erasure?.userids.some((userid) => views.users.byUserid(userid) !== null)) {
        erasures.push(erasure)
        this.#deps.traceLeft()
      }
      projector.apply(event)
    }
    projector.advance(next)
    return next
  }

  async #keysOf(page: readonly Commit[]): Promise<Map<string, KeyObject>> {
    const ids = new Set<string>()
    for (const { events } of page) for (const { key_id } of events) if (key_id !== null) ids.add(key_id)
    return this.#deps.keys.load([...ids])
  }
}

function decoded(...[stored, log, key]: Parameters<typeof decodeEvent>): RecordedEvent {
  try {
    return decodeEvent(stored, log, key)
  } catch (cause) {
    throw diverged(`event ${stored.sequence} cannot be read`, cause)
  }
}

function isSame(left: Uint8Array | null, right: Uint8Array): boolean {
  return left !== null && Buffer.from(left).equals(right)
}

function diverged(reason: string, cause?: unknown): Refusal {
  const message = `The shared log and this node do not agree: ${reason}. The node has stopped writing and signing in`
  return new Refusal('storage_failed', message, { cause })
}
