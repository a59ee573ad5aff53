import { vi } from 'vitest'
import type { DocumentStore } from '../../src/documents/port.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { openStorage, type Storage } from '../../src/storage/open.ts'
import { MemoryDocuments } from '../authn/memory-documents.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { type AdaptersUnderTest, adapterContract } from './adapter-contract.ts'

async function open(documentsOf: (storage: Storage) => DocumentStore): Promise<AdaptersUnderTest> {
  const directory = temporaryDirectory()
  vi.useFakeTimers({ toFake: ['Date'] })
  const storage = await openStorage(filesIn(directory.path))
  return {
    storage,
    documents: documentsOf(storage),
    clock: systemClock,
    advance: (milliseconds) => vi.setSystemTime(Date.now() + milliseconds),
    close: async () => {
      vi.useRealTimers()
      await storage.close()
      directory.remove()
    },
  }
}

adapterContract('documents in memory', () => open(() => new MemoryDocuments(systemClock)))
adapterContract('documents in SQLite', () => open((storage) => storage.documents))
