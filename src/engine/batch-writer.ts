import { commandDefinition } from '../commands/catalogue.ts'
import type { Head } from '../events/commit.ts'
import { newId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { Batch, type BatchItem, SavepointsNeeded } from './batch.ts'
import type { EngineDeps } from './deps.ts'
import { markErasures, unmarkErasures } from './erasure.ts'
import type { ErasureQueue } from './erasure-queue.ts'
import type { Halt } from './halt.ts'
import { RecentKeys } from './recent-keys.ts'
import { eventWithoutKey, gatherKeys, sealCommit } from './sealing.ts'

/** What the writer of batches shares with the engine. */
interface EngineState {
  erasures: ErasureQueue
  halt: Halt
  /** Stops the engine for good. */
  fail(cause: Refusal): void
}

/** Carries out one batch: decides its commands, updates the read models, appends the commit, and answers. */
export class BatchWriter {
  readonly #deps: EngineDeps
  readonly #engine: EngineState
  readonly #recentKeys: RecentKeys

  constructor(deps: EngineDeps, engine: EngineState) {
    this.#deps = deps
    this.#engine = engine
    this.#recentKeys = new RecentKeys(deps.keys, deps.clock)
  }

  /** Tries to append one batch; answers `false` when another node's commit took the position. */
  async write(waiting: readonly BatchItem[]): Promise<boolean> {
    const { log, keys, stock, projector, random, shared, documentWrites, transaction } = this.#deps
    const { erasures, halt } = this.#engine
    await stock.ensure(waiting.filter(mayOpenSubject).length)
    halt.throwIfHalted()
    const batch = this.#decide(waiting)
    let head = batch.head
    if (batch.events.length > 0) {
      const sealing = await gatherKeys(batch.events, this.#recentKeys)
      const keyless = eventWithoutKey(batch.events, sealing)
      if (keyless) {
        // Another node may have erased the subject since: then the log has grown.
        if (!(await this.#hasGrown(head.position))) throw keyMissing(keyless.header.stream)
        return this.#takeBack(batch)
      }
      const { now: time, commands, events } = batch
      const commit = sealCommit(batch.head, { id: newId(), time, commands, events }, sealing, random)
      await markErasures(batch.erasures, keys)
      halt.throwIfHalted()
      if (shared && (await shared.arbiter.append(commit)) === 'taken') {
        this.#takeBack(batch)
        await unmarkErasures(batch.erasures, keys)
        return false
      }
      if (halt.reason) throw appendedTooLate(halt.reason)
      const { position, epoch, hash } = commit
      const grown = {
        log: log.id,
        epoch,
        position,
        sequence: batch.head.sequence + batch.events.length,
        hash,
      }
      this.#store(() => {
        log.insert(commit)
        projector.advance(grown)
        documentWrites.forget(batch.erasures.flatMap((erasure) => erasure.userids))
      })
      head = grown
    } else if (batch.decided && (await this.#hasGrown(head.position))) {
      // Nothing is appended, so no position shows that the state was current: the refusals were decided on an old one.
      return this.#takeBack(batch)
    } else {
      halt.throwIfHalted()
      transaction.commit()
    }
    // From here on the batch is on the disk: no failure may take its answers back.
    if (batch.erasures.length > 0) this.#recentKeys.forget()
    erasures.begin(batch.erasures)
    batch.settle(head)
    if (head !== batch.head) this.#announce(head)
    return true
  }

  /** Rolls back what a failed batch left open. */
  undo(): void {
    try {
      this.#deps.transaction.rollback()
    } catch (cause) {
      this.#engine.fail(new Refusal('storage_failed', 'A transaction could not be rolled back', { cause }))
    }
  }

  /** Decides a batch in a transaction that stays open. */
  #decide(waiting: readonly BatchItem[], savepoints = false): Batch {
    const { transaction, stock } = this.#deps
    transaction.begin()
    const batch = transaction.attempt(
      () => new Batch({ ...this.#deps, erasures: this.#engine.erasures }, savepoints),
    )
    try {
      for (const item of waiting) batch.add(item)
      return batch
    } catch (error) {
      if (!(error instanceof SavepointsNeeded)) throw error
      transaction.rollback()
      stock.giveBack(batch.keys)
      return this.#decide(waiting, true)
    }
  }

  /** Answers whether other nodes have appended after a position. */
  async #hasGrown(position: number): Promise<boolean> {
    const { shared } = this.#deps
    return shared !== undefined && (await shared.arbiter.compare(position)).grown
  }

  #takeBack({ keys }: Batch): false {
    this.#deps.transaction.rollback()
    this.#deps.stock.giveBack(keys)
    return false
  }

  /** Writes the commit into the tables of this node. */
  #store(write: () => void): void {
    const { transaction, shared } = this.#deps
    try {
      transaction.attempt(write)
      transaction.commit()
    } catch (cause) {
      if (!shared) throw cause
      // The commit is in the shared log all the same; this node reads it from there.
      throw new Refusal('outcome_unknown', 'The command is carried out, but this node could not note it', {
        cause,
      })
    }
  }

  #announce(head: Head): void {
    try {
      this.#deps.onCommit?.(head)
    } catch (cause) {
      this.#engine.fail(new Refusal('storage_failed', 'Readers could not be notified of a commit', { cause }))
    }
  }
}

function appendedTooLate(cause: Refusal): Refusal {
  return new Refusal('outcome_unknown', 'The command is carried out, but this node stopped meanwhile', {
    cause,
  })
}

function keyMissing(stream: string): Refusal {
  const message = `The key of ${stream} is missing, though nothing erased it: restore the keys from a backup`
  return new Refusal('storage_failed', message)
}

function mayOpenSubject(item: BatchItem): boolean {
  return item.kind === 'command' && commandDefinition(item.command.type)?.opensSubject === true
}
