import { z } from 'zod'
import { defineEvent } from './definition.ts'
import { base64url, phc, shortText, userid } from './fields.ts'

const deviceName = z.string().max(128)
const signCount = z.number().int().min(0).max(0xffffffff)

export const PasskeyRegistered = defineEvent({
  type: 'PasskeyRegistered',
  stream: 'user',
  summary: 'A user added a passkey.',
  open: { userid, sign_count: signCount, backup_eligible: z.boolean(), backup_state: z.boolean() },
  personal: {
    credential_id: base64url,
    public_key: base64url,
    device_name: deviceName,
    transports: z.array(shortText).max(16),
    aaguid: z.string().max(36),
  },
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

export const PasswordSet = defineEvent({
  type: 'PasswordSet',
  stream: 'user',
  summary: 'A user got a password, or another one.',
  open: { userid },
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
