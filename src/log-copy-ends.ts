import type { DocumentArchive } from './documents/archive.ts'
import type { KeyStore } from './log/key-store.ts'

/** The end that is copied from, beside its log: it stays as it is. */
export interface CopySource {
  documents: DocumentArchive
  close(): Promise<void>
}

/** The end that is copied to. Until `finish` nothing there looks like an installation. */
export interface CopyTarget {
  keys: Pick<KeyStore, 'add' | 'ensureSecret'>
  documents: DocumentArchive
  copyCommits(): Promise<void>
  finish(): Promise<void>
  /** Leaves nothing open; what is unfinished is removed where that can be done. */
  close(): Promise<void>
}
