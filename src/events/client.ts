import { z } from 'zod'
import { defineEvent } from './definition.ts'
import { changeOf, sha256Hex, shortText, time } from './fields.ts'

export const clientId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'must have only printable ASCII characters, and no spaces')
/** A redirect target: absolute, without a fragment (RFC 6749 §3.1.2); private-use schemes are for native apps. */
export const redirectUri = z
  .string()
  .max(2048)
  .regex(/^[a-z][a-z0-9+.-]*:[^\s#]+$/i, 'must be an absolute URI without a fragment')

/** The shortest secret that an operator may choose, in characters; a generated one has 43. */
const SHORTEST_SECRET = 32

/** A client secret that an operator chose instead of a generated one: `*VSCHAR` of RFC 6749 appendix A.2. */
export const clientSecret = z
  .string()
  .min(SHORTEST_SECRET)
  .max(256)
  .regex(/^[\x20-\x7e]*$/, 'must consist of printable ASCII characters')

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const
export type GrantType = (typeof GRANT_TYPES)[number]

/** What an application is registered with; the same fields in commands, events, tables and the API. */
export const clientMetadata = {
  name: shortText.nullable(),
  redirect_uris: z.array(redirectUri).max(64),
  post_logout_redirect_uris: z.array(redirectUri).max(64),
  grant_types: z.array(z.enum(GRANT_TYPES)).max(8),
  scope: z
    .string()
    .max(1024)
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'must be scope names with single spaces between them',
    ),
  /** Whether the consent page is left out: for the operator's own applications only. */
  first_party: z.boolean(),
  backchannel_logout_uri: z
    .url({ protocol: /^https?$/, error: 'must be a web address like https://example.org/' })
    .max(2048)
    .nullable(),
} as const

export type ClientField = keyof typeof clientMetadata

export const ClientRegistered = defineEvent({
  type: 'ClientRegistered',
  stream: 'client',
  summary: 'An application was registered. A client without a secret is public.',
  opensSubject: true,
  open: { client_id: clientId, public: z.boolean(), ...clientMetadata },
  secret: { secret_hash: sha256Hex.nullable() },
})

export const ClientChanged = defineEvent({
  type: 'ClientChanged',
  stream: 'client',
  summary: 'The registration of an application changed, with what each field was before.',
  open: {
    client_id: clientId,
    changes: z
      .strictObject({
        name: changeOf(clientMetadata.name),
        redirect_uris: changeOf(clientMetadata.redirect_uris),
        post_logout_redirect_uris: changeOf(clientMetadata.post_logout_redirect_uris),
        grant_types: changeOf(clientMetadata.grant_types),
        scope: changeOf(clientMetadata.scope),
        first_party: changeOf(clientMetadata.first_party),
        backchannel_logout_uri: changeOf(clientMetadata.backchannel_logout_uri),
      })
      .partial(),
  },
})

export const ClientSecretRotated = defineEvent({
  type: 'ClientSecretRotated',
  stream: 'client',
  summary: 'An application got a new secret; the old one stopped working.',
  open: { client_id: clientId },
  secret: { secret_hash: sha256Hex },
})

export const ClientRemoved = defineEvent({
  type: 'ClientRemoved',
  stream: 'client',
  summary: 'An application was removed.',
  open: { client_id: clientId },
})

export const ClientSecretFailuresCounted = defineEvent({
  type: 'ClientSecretFailuresCounted',
  stream: 'client',
  summary:
    'So many wrong secrets came for an application from one address that it is worth knowing; `until` when that address was stopped.',
  open: {
    client_id: clientId,
    failures: z.number().int().min(1),
    window_seconds: z.number().int().min(1),
    until: time.nullable(),
  },
})
