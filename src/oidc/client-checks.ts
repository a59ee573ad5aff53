import { timingSafeEqual } from 'node:crypto'
import type { Client, Provider } from 'oidc-provider'
import { tokenHash } from '../kernel/random.ts'

/** Makes a provider compare secrets by their hash, which is all that is stored, in constant time. */
export function compareSecretsByHash(provider: Provider): void {
  provider.Client.prototype.compareClientSecret = function (this: Client, actual: string): boolean {
    const stored = Buffer.from(this.clientSecret ?? '', 'hex')
    const given = Buffer.from(tokenHash(actual), 'hex')
    return stored.length === given.length && timingSafeEqual(stored, given)
  }
}

/** Makes a provider accept redirect URIs exactly as registered (RFC 9700 §2.1), also of installed applications. */
export function compareRedirectsExactly(provider: Provider): void {
  provider.Client.prototype.redirectUriAllowed = function (this: Client, uri: string): boolean {
    return this.redirectUris?.includes(uri) ?? false
  }
  provider.Client.prototype.postLogoutRedirectUriAllowed = function (this: Client, uri: string): boolean {
    return this.postLogoutRedirectUris?.includes(uri) ?? false
  }
}
