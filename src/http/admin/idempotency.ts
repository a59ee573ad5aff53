import { hkdfSync } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, type Principal } from '../../accounts/principal.ts'
import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { idOf, newId } from '../../kernel/ids.ts'
import { type RandomSource, systemRandom } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'

const DOCUMENT_KIND = 'idempotency-key'
const SECRET_NAME = 'idempotency-key'
/** How long a key is remembered together with its request, in milliseconds; its command is kept permanently. */
const MEMORY = 24 * 60 * 60_000
/** The header by which a client names a request that it may have to repeat; a short text of its own choice. */
export const idempotencyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable characters')
    .optional()
    .describe('Repeated with the same key, the request is carried out once'),
})

/** The command id and the source of secrets of one request. */
export interface Execution {
  commandId: string
  random: RandomSource
}

/**
 * Chooses the command id of a request. With an `Idempotency-Key` header it is derived from the caller and the key, so
 * that the engine answers a repetition as it answered the first time. Secrets that the request makes are derived from
 * it too: they are stored nowhere, and a repetition must make the same ones.
 *
 * @throws Refusal `idempotency_key_reused` when the key came with another request in the last 24 hours.
 */
export async function executionOf(
  request: FastifyRequest,
  principal: Principal,
  deps: { documents: DocumentStore; keys: KeyStore; clock: Clock },
): Promise<Execution> {
  const key = request.headers['idempotency-key']
  if (key === undefined || request.method === 'GET') return { commandId: newId(), random: systemRandom }
  const { kind, id } = actorOf(principal)
  const commandId = idOf(JSON.stringify(['idempotency-key', kind, id, key]))
  await requireSameRequest(commandId, request, deps)
  const secret = await deps.keys.ensureSecret(SECRET_NAME, systemRandom(32))
  return { commandId, random: derivedFrom(secret, commandId) }
}

async function requireSameRequest(
  commandId: string,
  request: FastifyRequest,
  { documents, clock }: { documents: DocumentStore; clock: Clock },
): Promise<void> {
  const digest = idOf(JSON.stringify([request.method, request.url, request.body ?? null]))
  if (await documents.insertOnce(DOCUMENT_KIND, commandId, digest, clock() + MEMORY)) return
  const first = await documents.find(DOCUMENT_KIND, commandId)
  if (first === null || first.payload === digest) return
  throw new Refusal('idempotency_key_reused', 'This Idempotency-Key came before, with another request')
}

/** Makes bytes that only this installation can make again. No two calls of one source give the same. */
function derivedFrom(secret: Uint8Array, commandId: string): RandomSource {
  let calls = 0
  return (length) => {
    calls += 1
    return new Uint8Array(hkdfSync('sha256', secret, commandId, `countersign/secret/${calls}`, length))
  }
}
