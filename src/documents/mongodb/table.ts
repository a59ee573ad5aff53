import type { Collection, Filter } from 'mongodb'
import { CLOCK_SKEW } from '../../kernel/clock.ts'
import { isDuplicateKey } from '../../kernel/mongodb-faults.ts'
import { ANONYMOUS_KINDS, type Caps, EvictionPace, LARGEST_EVICTION } from '../anonymous-kinds.ts'
import type { DocumentOperation } from '../operation.ts'
import { absent, evictable, evictionKey, isLiving, living, type MongoDocument } from './document.ts'

type Operation<T extends DocumentOperation['type']> = Extract<DocumentOperation, { type: T }>

/** A majority acknowledges every write, in its journals, whatever the connection string says. */
const DURABLE = { writeConcern: { w: 'majority', journal: true } } as const

/** How many times a write is tried when others write the same key at the same time. */
const ATTEMPTS = 100

/** The TTL index of earlier versions, by which the server removed documents by its own clock. */
const SERVER_SWEEP = 'ends'

/**
 * Writes documents to a MongoDB collection. Each method is one conditional write of one document; where an expired
 * document may hold the key, the method removes it and repeats.
 */
export class MongoDocumentTable {
  readonly #documents: Collection<MongoDocument>
  readonly #pace: EvictionPace

  constructor(documents: Collection<MongoDocument>, caps: Caps = ANONYMOUS_KINDS) {
    this.#documents = documents
    this.#pace = new EvictionPace(caps)
  }

  async ensureIndexes(): Promise<void> {
    await this.#documents.createIndexes([
      { key: { uid: 1 }, name: 'uid', unique: true, sparse: true },
      { key: { grant: 1 }, name: 'grant', sparse: true },
      { key: { account: 1 }, name: 'account', sparse: true },
      { key: { expires_at: 1 }, name: 'expires_at' },
      { key: { evict: 1 }, name: 'evict', sparse: true },
    ])
    // A server whose clock is wrong must not remove living documents.
    const names = (await this.#documents.indexes()).map(({ name }) => name)
    if (names.includes(SERVER_SWEEP)) await this.#documents.dropIndex(SERVER_SWEEP)
  }

  find(filter: { _id: string } | { uid: string }, now: number): Promise<MongoDocument | null> {
    return this.#documents.findOne({ ...filter, ...living(now) })
  }

  async upsert(op: Operation<'upsert'>, position: number): Promise<void> {
    const document = toDocument(op, position)
    const { _id, ...content } = document
    await this.#contend(async () => {
      const { uid } = content
      if (uid !== undefined) {
        await this.#documents.updateMany({ uid, _id: { $ne: _id } }, { $unset: { uid: '' } }, DURABLE)
      }
      const updated = await this.#documents.updateOne(
        { _id, ...living(op.now) },
        { $set: content, $unset: { ...absentMembers(content), counter: '' } },
        DURABLE,
      )
      if (updated.matchedCount === 1) return true
      // If a living document was inserted meanwhile, this does not match, and the insert fails on its key.
      await this.#documents.replaceOne({ _id, ...absent(op.now) }, content, {
        ...DURABLE,
        upsert: true,
      })
      return true
    })
    await this.#bound(op)
  }

  async insertOnce(op: Operation<'insertOnce'>, position: number): Promise<boolean> {
    const document = toDocument(op, position)
    const holders: Filter<MongoDocument>[] = [{ _id: document._id }]
    if (document.uid !== undefined) holders.push({ uid: document.uid })
    const isWritten = await this.#contend(async () => {
      try {
        await this.#documents.insertOne(document, DURABLE)
        return true
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
      }
      await this.#documents.deleteMany({ $or: holders, ...absent(op.now) }, DURABLE)
      const holder = await this.#documents.findOne({ $and: [{ $or: holders }, living(op.now)] })
      return holder === null ? null : false
    })
    await this.#bound(op)
    return isWritten
  }

  async consume(op: Operation<'consume'>): Promise<boolean> {
    const untouched = { _id: op.keyHash, ...living(op.now), consumed_at: { $exists: false } }
    const result = await this.#documents.updateOne(untouched, { $set: { consumed_at: op.now } }, DURABLE)
    return result.modifiedCount === 1
  }

  take(op: Operation<'take'>): Promise<MongoDocument | null> {
    return this.#documents.findOneAndDelete({ _id: op.keyHash, ...living(op.now) }, DURABLE)
  }

  async increment(op: Operation<'increment'>, position: number): Promise<number> {
    const { keyHash: _id, kind, by, expiresAt, now } = op
    const count = await this.#contend(async () => {
      const counted = await this.#documents.findOneAndUpdate(
        { _id, ...living(now), counter: { $exists: true } },
        { $inc: { counter: by } },
        { ...DURABLE, returnDocument: 'after' },
      )
      if (counted?.counter !== undefined) {
        if ((counted.issued_at ?? 0) > now + CLOCK_SKEW) await this.#bringBack(_id, op)
        return counted.counter
      }
      await this.#documents.deleteOne({ _id, ...absent(now) }, DURABLE)
      try {
        const fresh = {
          _id,
          kind,
          counter: by,
          expires_at: expiresAt,
          issued_at: now,
          ...(op.evictable ? { evict: evictionKey(kind, expiresAt) } : {}),
          position,
        }
        await this.#documents.insertOne(fresh, DURABLE)
        return by
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
      }
      const holder = await this.find({ _id }, now)
      if (holder && holder.counter === undefined) {
        throw new TypeError(`This ${kind} holds a payload and cannot be counted`)
      }
      return null
    })
    await this.#bound(op)
    return count
  }

  async remove(op: Operation<'remove'>): Promise<boolean> {
    const removed = await this.#documents.findOneAndDelete({ _id: op.keyHash }, DURABLE)
    return removed !== null && isLiving(removed, op.now)
  }

  /** Removes all that match; returns how many of them were living. */
  async revoke(filter: { grant: string } | { account: string }, now: number): Promise<number> {
    const { deletedCount } = await this.#documents.deleteMany({ ...filter, ...living(now) }, DURABLE)
    await this.#documents.deleteMany(filter, DURABLE)
    return deletedCount
  }

  async deleteExpired(op: Operation<'deleteExpired'>): Promise<number> {
    const ended = { expires_at: { $lte: op.endedBy } }
    const found = await this.#documents
      .find(ended, { projection: { _id: 1 } })
      .sort({ expires_at: 1 })
      .limit(op.limit)
      .toArray()
    if (found.length === 0) return 0
    const { deletedCount } = await this.#documents.deleteMany(
      { _id: { $in: found.map(({ _id }) => _id) }, ...ended },
      DURABLE,
    )
    return deletedCount
  }

  async deleteIssuedAfter({ time, limit }: Operation<'deleteIssuedAfter'>): Promise<number> {
    const issued = { issued_at: { $gt: time } }
    const found = await this.#documents
      .find(issued, { projection: { _id: 1 } })
      .limit(limit)
      .toArray()
    const { deletedCount } = await this.#documents.deleteMany(
      { _id: { $in: found.map(({ _id }) => _id) }, ...issued },
      DURABLE,
    )
    return deletedCount
  }

  async clear(): Promise<void> {
    await this.#documents.deleteMany({}, DURABLE)
  }

  /** Corrects the expiry of a counter that was begun while a clock was ahead. */
  async #bringBack(_id: string, { now, expiresAt }: Operation<'increment'>): Promise<void> {
    const future = { _id, issued_at: { $gt: now + CLOCK_SKEW } }
    await this.#documents.updateOne(future, { $min: { issued_at: now, expires_at: expiresAt } }, DURABLE)
  }

  /**
   * Removes, once in many writes, what exceeds the cap of a kind; what expires first is removed first. Nodes that do so
   * at the same time select the same documents.
   */
  async #bound({ kind, evictable: isBounded }: { kind: string; evictable: boolean }): Promise<void> {
    const kept = isBounded ? this.#pace.noted(kind) : null
    if (kept === null) return
    const over = await this.#documents
      .find(evictable(kind), { projection: { _id: 1 } })
      .sort({ evict: -1 })
      .skip(kept)
      .limit(LARGEST_EVICTION)
      .toArray()
    if (over.length === 0) return
    const ids = over.map(({ _id }) => _id)
    // A document that a signed-in person owns meanwhile has lost its eviction key, and stays.
    await this.#documents.deleteMany({ _id: { $in: ids }, ...evictable(kind) }, DURABLE)
  }

  /** Repeats a write while it returns `null` or fails because another caller has just taken the key. */
  async #contend<T>(write: () => Promise<T | null>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await write()
        if (answer !== null) return answer
        if (attempt === ATTEMPTS) throw new Error('Too many callers write the same document at once')
      } catch (error) {
        if (!isDuplicateKey(error) || attempt === ATTEMPTS) throw error
      }
    }
  }
}

function toDocument(op: Operation<'upsert' | 'insertOnce'>, position: number): MongoDocument {
  return {
    _id: op.keyHash,
    ...(op.uidHash === null ? {} : { uid: op.uidHash }),
    kind: op.kind,
    ...(op.account === null ? {} : { account: op.account }),
    ...(op.grant === null ? {} : { grant: op.grant }),
    payload: op.payload,
    expires_at: op.expiresAt,
    issued_at: op.now,
    ...(op.evictable ? { evict: evictionKey(op.kind, op.expiresAt) } : {}),
    position,
  }
}

/** Lists the index fields that are absent, so that an update removes them. */
function absentMembers(content: Omit<MongoDocument, '_id'>): Record<string, ''> {
  const absent: Record<string, ''> = {}
  for (const name of ['uid', 'account', 'grant', 'evict'] as const)
    if (content[name] === undefined) absent[name] = ''
  return absent
}
