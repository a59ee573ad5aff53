import type { LinkPurpose } from '../../events/magic-link.ts'

/** A link that was mailed or printed. `token` is the SHA-256 of what the link carries. Times are ISO 8601 UTC. */
export interface MagicLink {
  token: string
  username: string
  expires_at: string
  used: boolean
  created_by: string | null
  note: string | null
  link_id: string
  purpose: LinkPurpose
  userid: string | null
  groups: string[]
  revoked: boolean
  created_at: string
  /** The address that it was mailed to, `null` when it was handed over otherwise. */
  email: string | null
  /** Tells the browser that asked for it from others, `null` when no browser did. */
  browser_hash: string | null
}
