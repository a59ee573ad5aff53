import { z } from 'zod'
import { defineEvent } from './definition.ts'
import { keptEmail, sha256Hex, shortText, time, userid, username, uuid } from './fields.ts'

/** The purposes of a mailed or printed link; each link has one. */
export const LINK_PURPOSES = ['sign_in', 'invitation', 'claim', 'recovery', 'email_verification'] as const
export const linkPurpose = z.enum(LINK_PURPOSES)
export type LinkPurpose = (typeof LINK_PURPOSES)[number]

const issuedParts = {
  open: {
    link_id: uuid,
    purpose: linkPurpose,
    /** The user it signs in, `null` while it invites somebody who has no account yet. */
    userid: userid.nullable(),
    expires_at: time,
    /** The user id of the person who made it, or `system` or `cli`. */
    created_by: shortText.nullable(),
    /** The groups that an accepted invitation gives. */
    groups: z.array(z.string()),
  },
  personal: { username, note: shortText.nullable() },
  secret: { token_hash: sha256Hex },
} as const

/** As written before a link knew its mail address and the browser that asked for it. Read, never written. */
export const MagicLinkIssuedV1 = defineEvent({
  type: 'MagicLinkIssued',
  version: 1,
  stream: 'link',
  summary: 'A link was made; where it was mailed to and who asked for it was not recorded yet.',
  opensSubject: true,
  ...issuedParts,
})

export const MagicLinkIssued = defineEvent({
  type: 'MagicLinkIssued',
  version: 2,
  stream: 'link',
  summary: 'A link was made. Only the hash of its token is kept.',
  opensSubject: true,
  open: issuedParts.open,
  personal: {
    ...issuedParts.personal,
    /** The address that it was mailed to, `null` when it was handed over otherwise. */
    email: keptEmail.nullable(),
    /** A hash of user and browser that identifies the browser that asked for it; `null` when none did. */
    browser_hash: sha256Hex.nullable(),
  },
  secret: issuedParts.secret,
})

export const MagicLinkUsed = defineEvent({
  type: 'MagicLinkUsed',
  stream: 'link',
  summary: 'A link was used; it never works again.',
  open: { link_id: uuid, userid: userid.nullable() },
})

export const MagicLinkRevoked = defineEvent({
  type: 'MagicLinkRevoked',
  stream: 'link',
  summary: 'A link was withdrawn before its end.',
  open: {
    link_id: uuid,
    userid: userid.nullable(),
    reason: z.enum(['administrator', 'replaced', 'credential_changed', 'user_deactivated']),
  },
})

export const MagicLinkPurged = defineEvent({
  type: 'MagicLinkPurged',
  stream: 'link',
  summary: 'A link that had ended was cleared away, together with the key that sealed its recipient.',
  open: { link_id: uuid, userid: userid.nullable() },
})
