import { MongoClient } from 'mongodb'
import { expect, it } from 'vitest'
import type { MongoDocument } from '../../src/documents/mongodb/document.ts'
import { MongoDocuments } from '../../src/documents/mongodb/documents.ts'
import { MongoDocumentTable } from '../../src/documents/mongodb/table.ts'
import { documentStoreContract } from '../contract/document-store.ts'
import { boundingLaws, TEST_CAPS } from '../contract/document-store-bounding.ts'
import { describeWithMongo } from '../support/mongodb.ts'

describeWithMongo('documents on MongoDB', (server) => {
  const open = async () => {
    const client = new MongoClient(server.uri)
    const db = client.db(server.newDatabase())
    const documents = db.collection<MongoDocument>('documents')
    await new MongoDocumentTable(documents).ensureIndexes()
    let time = Date.UTC(2040, 0, 1)
    const deps = {
      documents,
      clock: () => time,
      position: () => 0,
      reached: async () => undefined,
      caps: TEST_CAPS,
    }
    return {
      store: new MongoDocuments(deps),
      now: () => time,
      advance: (milliseconds: number) => {
        time += milliseconds
      },
      close: async () => {
        await db.dropDatabase()
        await client.close()
      },
    }
  }
  documentStoreContract('MongoDB', open)
  boundingLaws('MongoDB', open)

  it('has no index by which the server removes documents by its own clock, also where an older program made one', async () => {
    const client = new MongoClient(server.uri)
    const db = client.db(server.newDatabase())
    const documents = db.collection<MongoDocument>('documents')
    await documents.createIndex({ ends: 1 }, { name: 'ends', expireAfterSeconds: 3600 })
    const table = new MongoDocumentTable(documents)
    await table.ensureIndexes()
    await table.ensureIndexes()
    const indexes = await documents.indexes()
    expect(indexes.length).toBeGreaterThan(3)
    expect(indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)).toStrictEqual([])
    await db.dropDatabase()
    await client.close()
  })
})
