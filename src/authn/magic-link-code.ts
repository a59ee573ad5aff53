import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RandomSource } from '../kernel/random.ts'
import type { Secret } from '../kernel/secret.ts'

// 32 letters and digits that are not mistaken for each other: no 0, 1, I or O. One byte picks one without bias.
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const LENGTH = 8

/** Makes the code that a person can type instead of following the link: eight letters and digits, 40 bits. */
export function makeLinkCode(random: RandomSource): string {
  return Array.from(random(LENGTH), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('')
}

/**
 * Hashes a code for storage, bound to its link: hex HMAC-SHA-256. It takes a key, because 40 bits could be
 * searched through by anybody who holds a copy of the hashes.
 */
export function hashLinkCode(key: Secret<Uint8Array>, linkId: string, code: string): string {
  return createHmac('sha256', key.reveal()).update(`${linkId}:${code}`).digest('hex')
}

/** Compares what somebody typed, in either case and with any spaces or hyphens, in constant time. */
export function isLinkCode(
  key: Secret<Uint8Array>,
  linkId: string,
  typed: string,
  storedHash: string,
): boolean {
  const code = typed.slice(0, 64).toUpperCase().replace(/[\s-]/g, '')
  const given = Buffer.from(hashLinkCode(key, linkId, code), 'hex')
  const stored = Buffer.from(storedHash, 'hex')
  return given.length === stored.length && timingSafeEqual(given, stored)
}
