import { z } from 'zod'
import { clientId, clientMetadata, GRANT_TYPES } from '../../events/client.ts'

/** A client as the API shows one: without its secret, of which only a hash is kept. */
export const clientAnswer = z.object({
  client_id: z.string(),
  public: z.boolean(),
  name: z.string().nullable(),
  redirect_uris: z.array(z.string()),
  post_logout_redirect_uris: z.array(z.string()),
  grant_types: z.array(z.enum(GRANT_TYPES)),
  scope: z.string(),
  first_party: z.boolean(),
  backchannel_logout_uri: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
})

/** A client together with its new secret. */
export const clientWithSecret = clientAnswer.extend({
  client_secret: z
    .string()
    .nullable()
    .describe('Answered here and nowhere else, and stored nowhere; `null` for a public client'),
})

export const clientParams = z.strictObject({ client_id: clientId })

/** What a registration says; what is left out gets its default. */
const metadata = {
  name: clientMetadata.name.default(null),
  redirect_uris: clientMetadata.redirect_uris.default([]),
  post_logout_redirect_uris: clientMetadata.post_logout_redirect_uris.default([]),
  grant_types: clientMetadata.grant_types.default(['authorization_code', 'refresh_token']),
  scope: clientMetadata.scope.default('openid profile email phone groups offline_access'),
  first_party: clientMetadata.first_party.default(false),
  backchannel_logout_uri: clientMetadata.backchannel_logout_uri.default(null),
}

export const newClient = z.strictObject({
  client_id: clientId,
  public: z.boolean().default(false).describe('Whether it can keep no secret: an app in a browser or phone'),
  ...metadata,
})

/** A whole registration, as after RFC 7592 §2.2: what is left out goes back to its default. */
export const clientRegistration = z.strictObject(metadata)
