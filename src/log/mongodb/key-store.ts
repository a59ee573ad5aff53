import type { KeyObject } from 'node:crypto'
import type { Collection, Db } from 'mongodb'
import { cipherKey } from '../../events/sealing.ts'
import type { Clock } from '../../kernel/clock.ts'
import { asking, isDuplicateKey } from '../../kernel/database-faults.ts'
import { secretName, subjectName } from '../key-names.ts'
import type { DoomedKey, KeyStore, SubjectKey } from '../key-store.ts'
import type { KeyWrap } from '../wrapping.ts'
import { DURABLE } from './connection.ts'
import type { KeyDocument, SecretDocument } from './key-document.ts'

/**
 * How long the mark of a command that is in no commit is left alone, in milliseconds: longer than any append
 * takes, so that nobody spares a key that another node is about to destroy. Clocks may differ by half of it.
 */
const UNDER_WAY = 120_000

/** Keeps keys in a MongoDB database of their own. Every node may write; each mark says which command it is of. */
export class MongoKeyStore implements KeyStore {
  readonly #keys: Collection<KeyDocument>
  readonly #secrets: Collection<SecretDocument>
  readonly #wrap: KeyWrap
  readonly #clock: Clock

  constructor(db: Db, wrap: KeyWrap, clock: Clock) {
    this.#keys = db.collection('subject_keys')
    this.#secrets = db.collection('secrets')
    this.#wrap = wrap
    this.#clock = clock
  }

  async add(keys: readonly SubjectKey[]): Promise<void> {
    if (keys.length === 0) return
    const documents = keys.map(({ id, key }) => ({
      _id: id,
      wrapped: Buffer.from(this.#wrap.wrap(subjectName(id), key)),
      destroyed: false,
    }))
    await asking('storage_unavailable', () =>
      this.#keys.insertMany(documents, { ...DURABLE, ordered: false }),
    )
  }

  async load(ids: readonly string[]): Promise<Map<string, KeyObject>> {
    const keys = new Map<string, KeyObject>()
    if (ids.length === 0) return keys
    const found = await asking('storage_unavailable', () =>
      this.#keys.find({ _id: { $in: [...ids] }, destroyed: false }).toArray(),
    )
    for (const { _id, wrapped } of found)
      keys.set(_id, cipherKey(this.#wrap.unwrap(subjectName(_id), wrapped)))
    return keys
  }

  async doom(ids: readonly string[], command: string): Promise<void> {
    const mark = { command, at: this.#clock() }
    await this.#update(ids, { $push: { doomed: mark } })
  }

  /** Lists the marks that are old enough: the younger ones may be of an append that is under way on another node. */
  async doomed(): Promise<DoomedKey[]> {
    const before = this.#clock() - UNDER_WAY
    const found = await asking('storage_unavailable', () =>
      this.#keys.find({ 'doomed.0': { $exists: true } }).toArray(),
    )
    return found.flatMap(({ _id, doomed = [] }) =>
      doomed.filter(({ at }) => at <= before).map(({ command }) => ({ id: _id, command })),
    )
  }

  async spare(keys: readonly DoomedKey[]): Promise<void> {
    for (const { id, command } of keys) await this.#update([id], { $pull: { doomed: { command } } })
  }

  async destroy(ids: readonly string[]): Promise<void> {
    await this.#update(ids, { $set: { wrapped: Buffer.alloc(0), destroyed: true }, $unset: { doomed: '' } })
  }

  async #update(
    ids: readonly string[],
    change: Parameters<Collection<KeyDocument>['updateMany']>[1],
  ): Promise<void> {
    if (ids.length === 0) return
    await asking('storage_unavailable', () =>
      this.#keys.updateMany({ _id: { $in: [...ids] } }, change, DURABLE),
    )
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
}
