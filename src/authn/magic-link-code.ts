import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../kernel/secret.ts'

// 32 letters and digits that are not mistaken for each other: no 0, 1, I or O. One byte picks one without bias.
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const LENGTH = 8

/**
 * Computes the code that a person can type instead of following a link: eight letters and digits, 40 bits. It is
 * derived from a secret key and the id of the link, so it is not stored and cannot be found in a copy of the database.
 */
export function linkCode(key: Secret<Uint8Array>, linkId: string): string {
  const bytes = keyed(key, `code:${linkId}`).subarray(0, LENGTH)
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('')
}

/** Compares what somebody typed, in either case and with any spaces or hyphens, in constant time. */
export function isLinkCode(key: Secret<Uint8Array>, linkId: string, typed: string): boolean {
  const code = typed.slice(0, 64).toUpperCase().replace(/[\s-]/g, '')
  // Hashes have one length, whatever was typed.
  return timingSafeEqual(keyed(key, `typed:${code}`), keyed(key, `typed:${linkCode(key, linkId)}`))
}

function keyed(key: Secret<Uint8Array>, text: string): Buffer {
  return createHmac('sha256', key.reveal()).update(text).digest()
}
