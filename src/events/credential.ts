import { z } from 'zod'
import { defineEvent } from './definition.ts'
import { base64url, phc, shortText, userid } from './fields.ts'

const deviceName = z.string().max(128)
const signCount = z.number().int().min(0).max(0xffffffff)

/**
 * Who set a credential: the owner (through an invitation, a claim or a recovery, or signed in after that), or possibly
 * another (an administrator, an import); a credential of another is removed when the owner proves the address.
 */
export const SETTERS = ['owner', 'other'] as const
export type Setter = (typeof SETTERS)[number]
/** `null` only in events from before it was recorded; then the actor of the event decides. */
const setBy = z.enum(SETTERS).nullable()

const passkeyParts = {
  open: { userid, sign_count: signCount, backup_eligible: z.boolean(), backup_state: z.boolean() },
  personal: {
    credential_id: base64url,
    public_key: base64url,
    device_name: deviceName,
    transports: z.array(shortText).max(16),
    aaguid: z.string().max(36),
  },
} as const

/** As written before it was recorded who set a passkey. Read, never written. */
export const PasskeyRegisteredV1 = defineEvent({
  type: 'PasskeyRegistered',
  version: 1,
  stream: 'user',
  summary: 'A user added a passkey; who set it was not recorded yet.',
  ...passkeyParts,
})

export const PasskeyRegistered = defineEvent({
  type: 'PasskeyRegistered',
  version: 2,
  stream: 'user',
  summary: 'A user added a passkey; `set_by` says whether it is surely the owner’s.',
  open: { ...passkeyParts.open, set_by: setBy },
  personal: passkeyParts.personal,
})

export const PasskeyRenamed = defineEvent({
  type: 'PasskeyRenamed',
  stream: 'user',
  summary: 'A user gave a passkey another name.',
  open: { userid },
  personal: {
    credential_id: base64url,
    device_name: z.strictObject({ before: deviceName, after: deviceName }),
  },
})

export const PasskeyUsed = defineEvent({
  type: 'PasskeyUsed',
  stream: 'user',
  summary: 'A passkey proved its user, with the counter it reported.',
  open: { userid, sign_count: signCount, backup_state: z.boolean() },
  personal: { credential_id: base64url },
})

export const PasskeyCounterRegressed = defineEvent({
  type: 'PasskeyCounterRegressed',
  stream: 'user',
  summary: 'A passkey signed correctly with a counter that had already been used: it may have been copied.',
  open: { userid, stored_count: signCount, reported_count: signCount },
  personal: { credential_id: base64url },
})

export const PasskeyRemoved = defineEvent({
  type: 'PasskeyRemoved',
  stream: 'user',
  summary: 'A passkey no longer signs its user in.',
  open: { userid },
  personal: { credential_id: base64url, device_name: deviceName },
})

/** As written before it was recorded who set a password. Read, never written. */
export const PasswordSetV1 = defineEvent({
  type: 'PasswordSet',
  version: 1,
  stream: 'user',
  summary: 'A user got a password, or another one; who set it was not recorded yet.',
  open: { userid },
  secret: { password_hash: phc },
})

export const PasswordSet = defineEvent({
  type: 'PasswordSet',
  version: 2,
  stream: 'user',
  summary: 'A user got a password, or another one; `set_by` says whether it is surely the owner’s.',
  open: { userid, set_by: setBy },
  secret: { password_hash: phc },
})

export const PasswordRehashed = defineEvent({
  type: 'PasswordRehashed',
  stream: 'user',
  summary: 'The same password was hashed again at the current cost.',
  open: { userid },
  secret: { password_hash: phc },
})

export const PasswordRemoved = defineEvent({
  type: 'PasswordRemoved',
  stream: 'user',
  summary: 'A user no longer has a password.',
  open: { userid },
})
