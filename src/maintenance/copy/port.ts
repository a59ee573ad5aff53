import type { DocumentArchive } from '../../documents/archive.ts'
import type { CursorArchive } from '../../log/cursors.ts'
import type { Installation } from '../../log/installation.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'

/** The end that is copied from, beside its log: it stays as it is. */
export interface CopySource {
  documents: DocumentArchive
  cursors: Pick<CursorArchive, 'read'>
  close(): Promise<void>
}

/** The end that is copied to. Until `finish` nothing there can be used as an installation. */
export interface CopyTarget {
  keys: Pick<KeyStore, 'add' | 'markForDestruction' | 'ensureSecret'>
  documents: DocumentArchive
  cursors: Pick<CursorArchive, 'write'>
  copyCommits(): Promise<void>
  /** Ends the writing; answers how what was written can be opened, and only by who compares it. */
  complete(): Promise<Installation>
  /** Makes an installation of it. */
  finish(): Promise<void>
  /** Leaves nothing open, and of what is unfinished nothing; what cannot be removed now, the next copy removes. */
  close(): Promise<void>
}
