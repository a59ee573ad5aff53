import { tokenHash } from '../kernel/random.ts'
import type { DocumentKind } from './port.ts'

/**
 * Hashes a key or a second key the way every back end stores it: hex SHA-256 over kind and key. The length of
 * the kind comes first, so that no two pairs read the same, and equal keys of two kinds cannot be linked.
 */
export function documentKeyHash(kind: DocumentKind, key: string): string {
  return tokenHash(`${kind.length}:${kind}:${key}`)
}
