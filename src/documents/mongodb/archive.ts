import type { Collection } from 'mongodb'
import type { ArchivedDocument, DocumentArchive } from '../archive.ts'
import { evictionKey, type MongoDocument } from './document.ts'

const PAGE = 500
const DURABLE = { writeConcern: { w: 'majority', journal: true } } as const

/**
 * Reads and writes the collection of documents as a whole.
 *
 * @param position the position of the log that the documents belong to.
 */
export function mongoArchive(documents: Collection<MongoDocument>, position: number): DocumentArchive {
  return {
    async *read() {
      let page: ArchivedDocument[] = []
      for await (const document of documents.find()) {
        page.push(archived(document))
        if (page.length < PAGE) continue
        yield page
        page = []
      }
      if (page.length > 0) yield page
    },
    async write(page) {
      if (page.length === 0) return
      await documents.insertMany(
        page.map((document) => restored(document, position)),
        DURABLE,
      )
    },
  }
}

function archived(document: MongoDocument): ArchivedDocument {
  return {
    key_hash: document._id,
    uid_hash: document.uid ?? null,
    kind: document.kind,
    account: document.account ?? null,
    grant_id: document.grant ?? null,
    payload: document.payload ?? null,
    counter: document.counter ?? null,
    expires_at: document.expires_at,
    consumed_at: document.consumed_at ?? null,
    evictable: document.evict === undefined ? null : 1,
    issued_at: document.issued_at ?? 0,
  }
}

function restored(document: ArchivedDocument, position: number): MongoDocument {
  const { key_hash, uid_hash, kind, account, grant_id, payload, counter, expires_at, consumed_at } = document
  return {
    _id: key_hash,
    ...(uid_hash === null ? {} : { uid: uid_hash }),
    kind,
    ...(account === null ? {} : { account }),
    ...(grant_id === null ? {} : { grant: grant_id }),
    ...(payload === null ? {} : { payload }),
    ...(counter === null ? {} : { counter }),
    expires_at,
    ...(consumed_at === null ? {} : { consumed_at }),
    issued_at: document.issued_at,
    ...(document.evictable === null ? {} : { evict: evictionKey(kind, expires_at) }),
    position,
  }
}
