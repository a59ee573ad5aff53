import type { KeyObject } from 'node:crypto'

/** A key that is marked for destruction, and the command that is about to destroy it. */
export interface MarkedKey {
  id: string
  command: string
}

/** A key that seals the personal data of one subject. */
export interface SubjectKey {
  id: string
  key: Uint8Array
}

/**
 * Keeps keys outside the log, each encrypted under the master key. Destroying a subject key is what erases a
 * person, so a store must leave no copy of a destroyed key, neither in a page nor in a WAL.
 */
export interface KeyStore {
  /** Adds subject keys durably, before the events that they seal are appended. */
  add(keys: readonly SubjectKey[]): Promise<void>
  /** Loads subject keys; destroyed ones are missing from the result. */
  load(ids: readonly string[]): Promise<Map<string, KeyObject>>
  /** Marks keys durably for destruction by a command, so that a crash cannot leave an erasure half done. */
  markForDestruction(ids: readonly string[], command: string): Promise<void>
  /**
   * Lists keys that are marked, and neither destroyed nor unmarked yet. Where several nodes write, marks that another
   * node may be working on are left out, except with `all`.
   */
  marked(which?: 'all'): Promise<MarkedKey[]>
  /** Removes the marks of a command that was not appended; a mark by another command stays. */
  unmark(keys: readonly MarkedKey[]): Promise<void>
  /** Destroys keys permanently. */
  destroy(ids: readonly string[]): Promise<void>
  /** Reads a secret of the installation itself (private signing keys, cookie keys), or `null`. */
  secret(name: string): Promise<Uint8Array | null>
  /** Writes a secret unless the name is taken, and returns the stored one. */
  ensureSecret(name: string, value: Uint8Array): Promise<Uint8Array>
  removeSecret(name: string): Promise<void>
  /** Lists the names of all secrets, in order. */
  secretNames(): Promise<string[]>
}
