import { hash, randomBytes } from 'node:crypto'

/** A source of unpredictable bytes. */
export type RandomSource = (length: number) => Uint8Array

// One call into the generator costs about as much for 4 bytes as for 4096, and keys and IVs are needed by the thousand.
const POOL_SIZE = 4096
let pool = Buffer.alloc(0)

/** Reads the operating system's random generator. No byte is returned twice. */
export const systemRandom: RandomSource = (length) => {
  if (length > POOL_SIZE) return randomBytes(length)
  if (pool.length < length) pool = randomBytes(POOL_SIZE)
  const bytes = Uint8Array.prototype.slice.call(pool, 0, length)
  pool.fill(0, 0, length)
  pool = pool.subarray(length)
  return bytes
}

/** Makes an unguessable URL-safe token of `bytes` random bytes (by default 256 bits). */
export function randomToken(random: RandomSource = systemRandom, bytes = 32): string {
  return Buffer.from(random(bytes)).toString('base64url')
}

/** Hashes a high-entropy token for storage: hex SHA-256. Never use it for something a person chose. */
export function tokenHash(token: string): string {
  return hash('sha256', token)
}
