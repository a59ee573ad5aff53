import { Refusal } from '../../kernel/refusal.ts'
import type { Client } from '../../projections/clients/queries.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

type Registration = Pick<
  Client,
  'public' | 'secret_hash' | 'grant_types' | 'redirect_uris' | 'post_logout_redirect_uris'
>

/** Checks the rules of a client's registration that span several fields. @throws Refusal `invalid_input`. */
export function checkClient(client: Registration): void {
  if (client.public !== (client.secret_hash === null)) {
    throw new Refusal('invalid_input', 'A client has a secret unless it is public')
  }
  // RFC 6749 §4.4: a client that cannot authenticate cannot act for itself.
  if (client.public && client.grant_types.includes('client_credentials')) {
    throw new Refusal('invalid_input', 'A public client cannot use client_credentials')
  }
  if (client.grant_types.includes('authorization_code') && client.redirect_uris.length === 0) {
    throw new Refusal('invalid_input', 'authorization_code needs at least one redirect URI')
  }
  for (const uri of [...client.redirect_uris, ...client.post_logout_redirect_uris]) {
    const fault = redirectFault(uri)
    if (fault) throw new Refusal('invalid_input', `${withoutCredentials(uri)} ${fault}`)
  }
}

/** Removes name and password from a URI, so that a refusal may show it. */
function withoutCredentials(uri: string): string {
  if (!URL.canParse(uri)) return uri
  const url = new URL(uri)
  if (!url.username && !url.password) return uri
  url.username = ''
  url.password = ''
  return url.href
}

/** Returns what is wrong with a redirect target, or `null`. */
function redirectFault(uri: string): string | null {
  if (!URL.canParse(uri)) return 'is not a URI'
  const { protocol, hostname, username, password } = new URL(uri)
  if (username || password) return 'must not carry a name or password'
  if (protocol === 'https:' || protocol === 'http:') {
    if (!uri.toLowerCase().startsWith(`${protocol}//`)) return 'must begin with its scheme and //'
    if (protocol === 'https:' || LOOPBACK.has(hostname)) return null
    return 'must use https, or http to this machine only (RFC 8252 §7.3)'
  }
  // The dot also excludes javascript:, data:, file: and similar schemes.
  if (protocol.includes('.')) return null
  return 'must use https or a private-use scheme named after a domain (RFC 8252 §7.1)'
}
