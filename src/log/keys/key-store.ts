import type { KeyObject } from 'node:crypto'

/** A key that a command is about to destroy. */
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
 * person; so a store must leave no copy of a destroyed key behind, in no page and in no journal.
 */
export interface KeyStore {
  /** Adds subject keys durably, before the events that they seal are appended. */
  add(keys: readonly SubjectKey[]): Promise<void>
  /** Loads subject keys; those that are destroyed are missing from the answer. */
  load(ids: readonly string[]): Promise<Map<string, KeyObject>>
  /** Notes durably that a command is about to destroy keys, so that a crash cannot leave an erasure half done. */
  markForDestruction(ids: readonly string[], command: string): Promise<void>
  /**
   * Lists keys that were doomed and not yet destroyed or spared. Where several nodes write, what another node
   * may be busy with is left out, unless `all` are asked for.
   */
  marked(which?: 'all'): Promise<MarkedKey[]>
  /** Takes back a `doom` whose command was not appended; what another command doomed stays doomed. */
  unmark(keys: readonly MarkedKey[]): Promise<void>
  /** Destroys keys for ever. */
  destroy(ids: readonly string[]): Promise<void>
  /** Reads a secret of the installation itself (private signing keys, cookie keys), or `null`. */
  secret(name: string): Promise<Uint8Array | null>
  /** Writes a secret unless the name is taken, and answers what is stored now. */
  ensureSecret(name: string, value: Uint8Array): Promise<Uint8Array>
  removeSecret(name: string): Promise<void>
  /** Lists the names of all secrets, in order. */
  secretNames(): Promise<string[]>
}
