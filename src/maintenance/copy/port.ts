import type { DocumentArchive } from '../../documents/archive.ts'
import type { CursorArchive } from '../../log/cursors.ts'
import type { Installation } from '../../log/installation.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'

/** The source of a copy, apart from its log; it does not change. */
export interface CopySource {
  documents: DocumentArchive
  cursors: Pick<CursorArchive, 'read'>
  close(): Promise<void>
}

/** The target of a copy. Until `finish` it cannot be used as an installation. */
export interface CopyTarget {
  keys: Pick<KeyStore, 'add' | 'markForDestruction' | 'ensureSecret'>
  documents: DocumentArchive
  cursors: Pick<CursorArchive, 'write'>
  copyCommits(): Promise<void>
  /** Ends the writing; returns how the comparison, and nothing else, can open the copy. */
  complete(): Promise<Installation>
  /** Turns the copy into an installation. */
  finish(): Promise<void>
  /** Closes everything and removes an unfinished copy; the next copy removes what cannot be removed now. */
  close(): Promise<void>
}
