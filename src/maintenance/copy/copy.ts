import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { passingRefusal } from '../../kernel/mongodb-faults.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import type { Installation } from '../../log/installation.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'
import { placeOf } from '../../log/mongodb/key-batch.ts'
import { verifyChain } from '../../log/verify.ts'
import { digestOf } from '../../projections/compare.ts'
import { openWriter } from '../../storage/open-writer.ts'
import type { Writer } from '../../storage/port.ts'
import { keyPages } from './key-pages.ts'
import { beginMongoTarget, openMongoSource } from './mongodb.ts'
import type { CopySource, CopyTarget } from './port.ts'
import { beginSqliteTarget, sqliteSource } from './sqlite.ts'

/** What was copied, and the values by which both ends can be compared. */
export interface CopyReport {
  position: number
  sequence: number
  /** Hex. */
  hash: string
  /** The digest of all read models, equal at both ends. */
  digest: string
  keys: number
  secrets: number
  documents: number
}

const PAGE = 128

/**
 * Copies a whole installation from one back end to another: every commit as it is, the keys that the log needs, the
 * secrets, and the short-lived state. Both ends are verified before the copy can be used. Nothing may write meanwhile.
 * A copy that fails leaves nothing usable, and can be repeated.
 *
 * @throws StartRefused when the target holds anything, the source changes meanwhile, or the ends differ.
 */
export async function copyInstallation(from: Installation, to: Installation): Promise<CopyReport> {
  if (!from.mongodb && !existsSync(from.database))
    throw new StartRefused(`There is nothing at ${from.database}`)
  try {
    const writer = await openWriter(from, () => undefined)
    try {
      return await copyFrom(writer, from, to)
    } finally {
      await writer.close()
    }
  } catch (error) {
    const fault = passingRefusal(error)
    if (!fault) throw error
    throw new StartRefused(`The copy was not finished and can be repeated: ${fault.message}`, {
      cause: error,
    })
  }
}

async function copyFrom(writer: Writer, from: Installation, to: Installation): Promise<CopyReport> {
  const { db, log } = writer.installation
  const head = log.head()
  if (head.position === 0) throw new StartRefused('The log is empty: there is nothing to copy')
  const source = from.mongodb ? await openMongoSource(from, from.mongodb, head.position) : sqliteSource(db)
  try {
    const target = to.mongodb
      ? await beginMongoTarget(to, to.mongodb, log)
      : beginSqliteTarget(to, db, log.id)
    try {
      const counts = await fill(target, writer, source)
      const digest = await compareEnds(writer, await target.complete())
      if (!isDeepStrictEqual(log.head(), head)) {
        throw new StartRefused('The log was written to while it was copied: stop the service, and repeat')
      }
      await target.finish()
      const { position, sequence, hash } = head
      return { position, sequence, hash: Buffer.from(hash).toString('hex'), digest, ...counts }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function fill(target: CopyTarget, writer: Writer, source: CopySource) {
  const keys = await copyKeys(writer, target)
  const secrets = await copySecrets(writer.installation.keys, target)
  await target.copyCommits()
  const documents = await copyDocuments(source, target)
  await target.cursors.write(await source.cursors.read())
  return { keys, secrets, documents }
}

/** Copies the keys that seal events in the log and are not destroyed; the others were never used. */
async function copyKeys({ installation }: Writer, target: CopyTarget): Promise<number> {
  const { db, keys } = installation
  const ids = db
    .prepare('SELECT DISTINCT key_id FROM events WHERE key_id IS NOT NULL ORDER BY key_id')
    .pluck()
    .all() as string[]
  let count = 0
  for (const page of keyPages(ids, PAGE, (id) => placeOf(id).batch)) {
    const loaded = await keys.load(page)
    await target.keys.add([...loaded].map(([id, key]) => ({ id, key: key.export() })))
    count += loaded.size
  }
  // An erasure that a dead node left unfinished is finished, or undone, when the copy is opened.
  for (const { id, command } of await keys.marked('all')) await target.keys.markForDestruction([id], command)
  return count
}

async function copySecrets(source: KeyStore, target: CopyTarget): Promise<number> {
  const names = await source.secretNames()
  for (const name of names) {
    const value = await source.secret(name)
    if (value) await target.keys.ensureSecret(name, value)
  }
  return names.length
}

async function copyDocuments(source: CopySource, target: CopyTarget): Promise<number> {
  let count = 0
  for await (const page of source.documents.read()) {
    await target.documents.write(page)
    count += page.length
  }
  return count
}

/** Opens the copy as a service would, and compares it with the source; returns the digest of both. */
async function compareEnds({ installation }: Writer, to: Installation): Promise<string> {
  const copy = await openWriter(to, () => undefined)
  try {
    const ends = [installation, copy.installation].map(({ log, db }) => ({
      chain: verifyChain(log),
      digest: digestOf(db),
    }))
    const [source, target] = ends
    if (!source || !isDeepStrictEqual(source, target) || 'reason' in source.chain) {
      throw new StartRefused(`The copy differs from its source: ${JSON.stringify(ends)}`)
    }
    return source.digest
  } finally {
    await copy.close()
  }
}
