import { z } from 'zod'
import { defineEvent } from './definition.ts'

const kid = z.string().min(1).max(128)

export const SigningKeyCreated = defineEvent({
  type: 'SigningKeyCreated',
  stream: 'key',
  summary: 'A token signing key was made and published. Its private part is kept beside the log, encrypted.',
  open: { kid, alg: z.enum(['RS256', 'ES256']), public_jwk: z.record(z.string(), z.string()) },
})

export const SigningKeyActivated = defineEvent({
  type: 'SigningKeyActivated',
  stream: 'key',
  summary: 'Tokens are signed with this key from now on.',
  open: { kid },
})

export const SigningKeyRetired = defineEvent({
  type: 'SigningKeyRetired',
  stream: 'key',
  summary: 'A key signs nothing any more and is no longer published; its private part was destroyed.',
  open: { kid },
})
