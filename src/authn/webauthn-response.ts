import { decodeClientDataJSON } from '@simplewebauthn/server/helpers'
import { z } from 'zod'
import { credentialRejected } from './webauthn-refusal.ts'

// The library's decoder tolerates stray bits and letters. One value must have one spelling here, or a
// credential id could be looked up under one and verified under another.
const isCanonical = (text: string) => Buffer.from(text, 'base64url').toString('base64url') === text
const bytes = (longest: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((longest * 4) / 3))
    .refine(isCanonical)

const credentialId = bytes(1023)
const transport = z.string().max(64)

const registration = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: bytes(4096),
    attestationObject: bytes(16_384),
    transports: z.array(transport).max(16).nullish(),
  }),
})

const authentication = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: bytes(4096),
    authenticatorData: bytes(4096),
    signature: bytes(8192),
    userHandle: bytes(64).nullish(),
  }),
})

const clientData = z.object({
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  // Neither ceremony is offered to pages that frame ours (WebAuthn Level 3 §7.1 step 10, §7.2 step 14).
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
})

export type RegistrationResponse = z.infer<typeof registration>
export type AuthenticationResponse = z.infer<typeof authentication>

/** Reads what `navigator.credentials.create` gave, as JSON; refuses every other shape with `credential_rejected`. */
export function readRegistration(response: unknown): RegistrationResponse & { challenge: string } {
  return withChallenge(registration.safeParse(response))
}

/** Reads what `navigator.credentials.get` gave, as JSON; refuses every other shape with `credential_rejected`. */
export function readAuthentication(response: unknown): AuthenticationResponse & { challenge: string } {
  return withChallenge(authentication.safeParse(response))
}

function withChallenge<T extends { response: { clientDataJSON: string } }>(
  parsed: z.ZodSafeParseResult<T>,
): T & { challenge: string } {
  if (!parsed.success) throw credentialRejected(parsed.error)
  const client = clientData.safeParse(readClientData(parsed.data.response.clientDataJSON))
  if (!client.success) throw credentialRejected(client.error)
  return { ...parsed.data, challenge: client.data.challenge }
}

// With the decoder that verification uses, so that both see the same challenge.
function readClientData(encoded: string): unknown {
  try {
    return decodeClientDataJSON(encoded)
  } catch (cause) {
    throw credentialRejected(cause)
  }
}
