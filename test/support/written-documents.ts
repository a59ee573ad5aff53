import type { DocumentIndex, DocumentStore } from '../../src/documents/port.ts'
import type { AppDeps } from '../../src/service/app-deps.ts'

/** A document as it was handed to the store. */
export interface WrittenDocument {
  kind: string
  /** The bytes of its payload; 0 of a counter. */
  bytes: number
  anonymous: boolean
}

/** Records what an application writes to its documents. */
export class WrittenDocuments {
  readonly all: WrittenDocument[] = []

  /** Begins to record; give it to the application as `adapt`. */
  readonly adapt = (deps: AppDeps): AppDeps => {
    const { documents } = deps
    for (const method of ['upsert', 'insertOnce'] as const) this.#record(documents, method)
    const increment = documents.increment.bind(documents)
    documents.increment = (kind, key, by, expiresAt) => {
      this.all.push({ kind, bytes: 0, anonymous: false })
      return increment(kind, key, by, expiresAt)
    }
    return deps
  }

  /** Answers those of a kind, and forgets all. */
  take(kind: string): WrittenDocument[] {
    return this.all.splice(0).filter((document) => document.kind === kind)
  }

  #record(documents: DocumentStore, method: 'upsert' | 'insertOnce'): void {
    const real = documents[method].bind(documents) as (...given: unknown[]) => Promise<never>
    documents[method] = (kind: string, key: string, payload: unknown, end: number, index?: DocumentIndex) => {
      const bytes = Buffer.byteLength(JSON.stringify(payload) ?? '')
      this.all.push({ kind, bytes, anonymous: index?.anonymous === true })
      return real(kind, key, payload, end, index)
    }
  }
}
