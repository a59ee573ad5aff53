import { z } from 'zod'
import { PasskeyRegistered } from '../../events/credential.ts'
import { base64url } from '../../events/fields.ts'

const { open, personal } = PasskeyRegistered

// Two spellings of the same bytes would be two passkeys where texts are compared.
const canonical = (text: string) => Buffer.from(text, 'base64url').toString('base64url') === text

/** The id of a credential: 1 to 1023 bytes (WebAuthn §4) as base64url without padding. */
export const credentialId = base64url.min(1).max(1364).refine(canonical, 'must be canonical base64url')

/** The result of a verified registration ceremony, with defaults for what it may leave out. */
export const passkeyFields = {
  credential_id: credentialId,
  public_key: base64url.min(1).refine(canonical, 'must be canonical base64url'),
  sign_count: open.shape.sign_count.default(0),
  device_name: personal.shape.device_name.default(''),
  transports: personal.shape.transports.default([]),
  aaguid: personal.shape.aaguid.default(''),
  backup_eligible: z.boolean().default(false),
  backup_state: z.boolean().default(false),
} as const

export const passkey = z.strictObject(passkeyFields)
export type NewPasskey = z.output<typeof passkey>
