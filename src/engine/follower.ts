import type { KeyObject } from 'node:crypto'
import { follow } from '../events/chain.ts'
import type { Commit, Head } from '../events/commit.ts'
import type { RecordedEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import type { Clock } from '../kernel/clock.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { CommitArbiter, LocalLog, ReplicaScrubbing, Transaction } from '../log/port.ts'
import type { Projector } from '../projections/projector.ts'
import type { Views } from '../projections/views.ts'
import { erasureOf } from './erasure.ts'
import { RecentKeys } from './recent-keys.ts'

export interface FollowerDeps {
  transaction: Transaction
  log: LocalLog
  keys: Pick<KeyStore, 'load'>
  clock: Clock
  projector: Projector
  views: Views
  scrubber: Pick<ReplicaScrubbing, 'rewrite' | 'traceLeft'>
  arbiter: Pick<CommitArbiter, 'commitsAfter' | 'compare' | 'hashAt'>
  /** Called with the new head after every applied page. */
  onCommit?: (head: Head) => void
}

/** How many commits are read at once. */
const PAGE = 64

/**
 * Applies the commits of other nodes to the tables of this one. Each must follow from the last, and goes through the
 * same projections. A commit that does not follow stops the node (I11).
 */
export class Follower {
  readonly #deps: FollowerDeps
  readonly #keys: RecentKeys

  constructor(deps: FollowerDeps) {
    this.#deps = deps
    this.#keys = new RecentKeys(deps.keys, deps.clock)
  }

  /** Answers whether the log has grown, and checks that it still holds the last commit that this node applied. */
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

  /**
   * Applies all new commits; answers whether there were any.
   *
   * @throws Refusal `storage_failed` when something does not follow.
   */
  async catchUp(): Promise<boolean> {
    const { log, arbiter } = this.#deps
    let erased = false
    let grown = false
    for (;;) {
      const page = await arbiter.commitsAfter(log.head().position, PAGE)
      if (page.length === 0) break
      grown = true
      const opened = await this.#keysOf(page)
      if (this.#applyPage(page, opened)) erased = true
      this.#deps.onCommit?.(log.head())
      if (page.length < PAGE) break
    }
    if (erased) {
      this.#keys.forget()
      this.#rewrite()
    }
    return grown
  }

  /** Clears the files of people whom other nodes erased; later, if a reader still holds an old state. */
  #rewrite(): void {
    try {
      this.#deps.scrubber.rewrite()
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'overloaded')) throw error
    }
  }

  /** Writes a page into the tables; answers whether it erased people who were in them. */
  #applyPage(page: readonly Commit[], keys: ReadonlyMap<string, KeyObject>): boolean {
    const { transaction } = this.#deps
    let erased = false
    transaction.begin()
    try {
      // Another process on the same replica may have applied some of the page since it was read.
      let head = this.#deps.log.head()
      for (const commit of page) {
        if (commit.position <= head.position) continue
        const next = follow(head, commit)
        if ('fault' in next) throw diverged(`position ${commit.position}: ${next.fault}`)
        if (this.#applyCommit(commit, next, keys)) erased = true
        head = next
      }
      transaction.commit()
      return erased
    } catch (error) {
      transaction.rollback()
      throw error
    }
  }

  #applyCommit(commit: Commit, next: Head, keys: ReadonlyMap<string, KeyObject>): boolean {
    const { log, projector, views, scrubber } = this.#deps
    let erased = false
    log.insert(commit)
    for (const stored of commit.events) {
      const event = decoded(stored, log.id, stored.key_id === null ? null : (keys.get(stored.key_id) ?? null))
      const erasure = event.erased ? null : erasureOf(views, event, event.command)
      if (erasure) {
        const users = erasure.userids.some((userid) => views.users.byUserid(userid) !== null)
        scrubber.traceLeft({ users, byOther: true })
        erased ||= users
      }
      projector.apply(event)
    }
    projector.advance(next)
    return erased
  }

  async #keysOf(page: readonly Commit[]): Promise<Map<string, KeyObject>> {
    const ids = new Set<string>()
    for (const { events } of page) for (const { key_id } of events) if (key_id !== null) ids.add(key_id)
    return this.#keys.load([...ids])
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
  const message = `The shared log and this node do not agree: ${reason}. The node has stopped writing and signing in. If the database was restored, run \`countersign restore --accept-database\` once`
  return new Refusal('storage_failed', message, { cause })
}
