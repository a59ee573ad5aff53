import { createHash, randomBytes } from 'node:crypto'

/** A source of unpredictable bytes. */
export type RandomSource = (length: number) => Uint8Array

/** Reads the operating system's random generator. */
export const systemRandom: RandomSource = (length) => randomBytes(length)

/** Makes an unguessable URL-safe token of `bytes` random bytes (256 bits unless told). */
export function randomToken(random: RandomSource = systemRandom, bytes = 32): string {
  return Buffer.from(random(bytes)).toString('base64url')
}

/** Hashes a high-entropy token for storage: hex SHA-256. Never use it for something a person chose. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
