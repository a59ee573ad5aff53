import { type Caps, requireSmall } from './anonymous-kinds.ts'
import { documentKeyHash } from './key-hash.ts'
import { encodePayload, wholeNumber } from './payload.ts'
import type { DocumentIndex, DocumentKind } from './port.ts'

/**
 * Builds the stored fields of a document from the arguments of the port.
 *
 * @throws Refusal `invalid_input` when it is larger than anonymous callers may write.
 */
export function storing(
  kind: DocumentKind,
  payload: unknown,
  expiresAt: number,
  { uid, account, grant, anonymous }: DocumentIndex,
  caps: Caps,
) {
  const text = encodePayload(payload)
  if (anonymous) requireSmall(kind, text, caps)
  return {
    uidHash: uid === undefined ? null : documentKeyHash(kind, uid),
    account: account ?? null,
    grant: grant ?? null,
    payload: text,
    expiresAt: wholeNumber(expiresAt),
    evictable: anonymous === true,
  }
}

/** Builds the stored fields of a counter. Counters under keys that anyone can choose have the cap of their kind. */
export function counting(kind: DocumentKind, by: number, expiresAt: number, caps: Caps) {
  return { by: wholeNumber(by), expiresAt: wholeNumber(expiresAt), evictable: kind in caps }
}
