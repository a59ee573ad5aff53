import type { KeyObject } from 'node:crypto'
import type { Collection, Db } from 'mongodb'
import { cipherKey } from '../../events/sealing.ts'
import type { Clock } from '../../kernel/clock.ts'
import { asking, isDuplicateKey } from '../../kernel/mongodb-faults.ts'
import type { KeyStore, MarkedKey, SubjectKey } from '../keys/key-store.ts'
import { type KeyWrap, secretName, subjectName } from '../keys/wrapping.ts'
import { DURABLE } from './connection.ts'
import { byBatch, type KeyBatch, placeOf } from './key-batch.ts'
import type { MarkDocument, SecretDocument } from './key-document.ts'

/**
 * How long the mark of a command that is in no commit stays untouched, in milliseconds: longer than any append takes, so
 * that no node unmarks a key that another is about to destroy. Clocks may differ by half of it.
 */
const UNDER_WAY = 120_000

/** Keeps keys in a separate MongoDB database. Every node may write; each mark names its command. */
export class MongoKeyStore implements KeyStore {
  readonly #batches: Collection<KeyBatch>
  readonly #marked: Collection<MarkDocument>
  readonly #secrets: Collection<SecretDocument>
  readonly #wrap: KeyWrap
  readonly #clock: Clock

  constructor(db: Db, wrap: KeyWrap, clock: Clock) {
    this.#batches = db.collection('subject_keys')
    this.#marked = db.collection('doomed_keys')
    this.#secrets = db.collection('secrets')
    this.#wrap = wrap
    this.#clock = clock
  }

  async add(keys: readonly SubjectKey[]): Promise<void> {
    const batches = new Map<string, KeyBatch>()
    for (const { id, key } of keys) {
      const { batch, place } = placeOf(id)
      const document = batches.get(batch) ?? { _id: batch, keys: {} }
      document.keys[place] = Buffer.from(this.#wrap.wrap(subjectName(id), key))
      batches.set(batch, document)
    }
    if (batches.size === 0) return
    await asking('storage_unavailable', () => this.#batches.insertMany([...batches.values()], DURABLE))
  }

  async load(ids: readonly string[]): Promise<Map<string, KeyObject>> {
    const keys = new Map<string, KeyObject>()
    if (ids.length === 0) return keys
    const batches = byBatch(ids)
    const places = new Set([...batches.values()].flat())
    const projection = Object.fromEntries([...places].map((place) => [`keys.${place}`, 1]))
    const found = await asking('storage_unavailable', () =>
      this.#batches.find({ _id: { $in: [...batches.keys()] } }, { projection }).toArray(),
    )
    const byId = new Map(found.map((batch) => [batch._id, batch.keys]))
    for (const id of ids) {
      const { batch, place } = placeOf(id)
      const wrapped = byId.get(batch)?.[place]
      if (wrapped?.length) keys.set(id, cipherKey(this.#wrap.unwrap(subjectName(id), wrapped)))
    }
    return keys
  }

  async markForDestruction(ids: readonly string[], command: string): Promise<void> {
    const at = this.#clock()
    for (const id of ids) {
      const mark = { $set: { id, command, at } }
      await this.#writing(() =>
        this.#marked.updateOne({ _id: `${id} ${command}` }, mark, { ...DURABLE, upsert: true }),
      )
    }
  }

  /** Lists the marks that are old enough: a younger one may belong to an append that is running on another node. */
  async marked(which?: 'all'): Promise<MarkedKey[]> {
    const old = which === 'all' ? {} : { at: { $lte: this.#clock() - UNDER_WAY } }
    const marks = await asking('storage_unavailable', () => this.#marked.find(old).toArray())
    return marks.map(({ id, command }) => ({ id, command }))
  }

  async unmark(keys: readonly MarkedKey[]): Promise<void> {
    for (const { id, command } of keys) {
      await this.#writing(() => this.#marked.deleteOne({ _id: `${id} ${command}` }, DURABLE))
    }
  }

  // The marks go last: until then, a node finds the unfinished work.
  async destroy(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const { batch, place } = placeOf(id)
      const nothing = { $set: { [`keys.${place}`]: Buffer.alloc(0) } }
      await this.#writing(() => this.#batches.updateOne({ _id: batch }, nothing, DURABLE))
      await this.#writing(() => this.#marked.deleteMany({ id }, DURABLE))
    }
  }

  /** Writes what can be repeated, so that any fault is reported as if nothing was done. */
  #writing<T>(write: () => Promise<T>): Promise<T> {
    return asking('storage_unavailable', write)
  }

  async secret(name: string): Promise<Uint8Array | null> {
    const found = await asking('storage_unavailable', () => this.#secrets.findOne({ _id: name }))
    return found ? this.#wrap.unwrap(secretName(name), found.wrapped) : null
  }

  async ensureSecret(name: string, value: Uint8Array): Promise<Uint8Array> {
    const wrapped = Buffer.from(this.#wrap.wrap(secretName(name), value))
    try {
      await asking('outcome_unknown', () => this.#secrets.insertOne({ _id: name, wrapped }, DURABLE))
      return value
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      return (await this.secret(name)) ?? value
    }
  }

  async removeSecret(name: string): Promise<void> {
    await asking('outcome_unknown', () => this.#secrets.deleteOne({ _id: name }, DURABLE))
  }

  async secretNames(): Promise<string[]> {
    const found = await asking('storage_unavailable', () =>
      this.#secrets
        .find({}, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .toArray(),
    )
    return found.map(({ _id }) => _id)
  }
}
