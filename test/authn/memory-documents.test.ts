import { documentStoreContract } from '../contract/document-store.ts'
import { MemoryDocuments } from './memory-documents.ts'

documentStoreContract('memory', async () => {
  let now = Date.parse('2030-01-01T00:00:00.000Z')
  return {
    store: new MemoryDocuments(() => now),
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds
    },
    close: async () => {},
  }
})
