import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { z } from 'zod'
import type { Head } from '../events/commit.ts'
import type { KeyStore } from './keys/key-store.ts'

const SECRET_NAME = 'audit-key'

/** A signed statement of where a log ended. Kept elsewhere, it later proves that no commits were cut off. */
export const checkpointSchema = z.strictObject({
  log: z.string(),
  epoch: z.number().int(),
  position: z.number().int(),
  sequence: z.number().int(),
  /** Hex. */
  hash: z.string(),
  time: z.string(),
  /** The Ed25519 audit key, SPKI DER in base64. */
  public_key: z.string(),
  /** Ed25519 over the JSON of all other fields in this order, base64. */
  signature: z.string(),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

/** Signs the head of a log with the audit key of the installation, which is made at first use. */
export async function signCheckpoint(head: Head, time: string, keys: KeyStore): Promise<Checkpoint> {
  const privateKey = await auditKey(keys)
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const statement = {
    log: head.log,
    epoch: head.epoch,
    position: head.position,
    sequence: head.sequence,
    hash: Buffer.from(head.hash).toString('hex'),
    time,
    public_key: publicKey.toString('base64'),
  }
  const signature = sign(null, Buffer.from(JSON.stringify(statement)), privateKey)
  return { ...statement, signature: signature.toString('base64') }
}

/** Verifies that a checkpoint was signed by the audit key of this installation and not changed since. */
export async function isGenuine(checkpoint: Checkpoint, keys: KeyStore): Promise<boolean> {
  const publicKey = createPublicKey(await auditKey(keys))
  const { log, epoch, position, sequence, hash, time, public_key } = checkpoint
  const statement = { log, epoch, position, sequence, hash, time, public_key }
  return verify(
    null,
    Buffer.from(JSON.stringify(statement)),
    publicKey,
    Buffer.from(checkpoint.signature, 'base64'),
  )
}

async function auditKey(keys: KeyStore) {
  const stored = await keys.secret(SECRET_NAME)
  const pkcs8 =
    stored ??
    (await keys.ensureSecret(
      SECRET_NAME,
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
    ))
  return createPrivateKey({ key: Buffer.from(pkcs8), type: 'pkcs8', format: 'der' })
}
