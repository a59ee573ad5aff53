import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { lengthPrefixed } from './chain.ts'

const ALGORITHM = 'aes-256-gcm'
const IV_LENGTH = 12
const TAG_LENGTH = 16

/** The place that a sealed value is bound to; it opens nowhere else. */
export interface SealContext {
  log: string
  event: string
  stream: string
  type: string
  key: string
}

function associatedData(context: SealContext): string {
  return lengthPrefixed([
    'countersign/seal/1',
    context.log,
    context.event,
    context.stream,
    context.type,
    context.key,
  ])
}

/** Prepares 32 key bytes for use. With raw bytes the cipher takes several times as long. */
export function cipherKey(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes)
}

/** Encrypts with AES-256-GCM: 12 bytes of IV, the ciphertext, 16 bytes of tag. The IV must be fresh and random. */
export function seal(key: KeyObject, iv: Uint8Array, plaintext: Uint8Array | string, aad: string): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, iv)
  cipher.setAAD(Buffer.from(aad))
  const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext)
  cipher.final()
  return Buffer.concat([iv, body, cipher.getAuthTag()])
}

/** Decrypts what `seal` made. @throws Error when the key, the bytes or the associated data are not the same. */
export function unseal(key: KeyObject, sealed: Uint8Array, aad: string): Buffer {
  if (sealed.length < IV_LENGTH + TAG_LENGTH) throw new Error('Sealed value is too short')
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, IV_LENGTH))
  decipher.setAAD(Buffer.from(aad))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH))
  const body = decipher.update(sealed.subarray(IV_LENGTH, sealed.length - TAG_LENGTH))
  decipher.final()
  return body
}

/** Seals the personal and secret part of an event's data under the subject's key. */
export function sealData(key: KeyObject, iv: Uint8Array, data: unknown, context: SealContext): string {
  return seal(key, iv, JSON.stringify(data), associatedData(context)).toString('base64')
}

/**
 * Opens what `sealData` made; answers its JSON text.
 *
 * @throws Error when it was made under another key or for another place.
 */
export function unsealData(key: KeyObject, sealed: string, context: SealContext): string {
  return unseal(key, Buffer.from(sealed, 'base64'), associatedData(context)).toString('utf8')
}
