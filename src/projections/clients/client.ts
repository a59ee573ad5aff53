import type { GrantType } from '../../events/client.ts'

/** An application that signs people in here. `secret_hash` is the SHA-256 of its secret, `null` for a public one. */
export interface Client {
  client_id: string
  public: boolean
  secret_hash: string | null
  name: string | null
  redirect_uris: string[]
  post_logout_redirect_uris: string[]
  grant_types: GrantType[]
  scope: string
  first_party: boolean
  backchannel_logout_uri: string | null
  created_at: string
  updated_at: string
}
