import { timingSafeEqual } from 'node:crypto'
import type { Client, Provider } from 'oidc-provider'
import { tokenHash } from '../../kernel/random.ts'
import type { OidcDeps } from '../deps.ts'

/**
 * Makes a provider compare secrets by their stored hash, in constant time. Wrong ones are counted by client and
 * address; beyond the budget no secret is compared.
 */
export function compareSecretsByHash(
  provider: Provider,
  { secretGuesses }: Pick<OidcDeps, 'secretGuesses'>,
  address: () => string | null,
): void {
  provider.Client.prototype.compareClientSecret = async function (this: Client, actual: string) {
    const from = address() ?? ''
    const holder = { clientId: this.clientId, secretHash: this.clientSecret ?? '' }
    secretGuesses.requireBudget(holder, from)
    const stored = Buffer.from(holder.secretHash, 'hex')
    const given = Buffer.from(tokenHash(actual), 'hex')
    const isRight = stored.length === given.length && timingSafeEqual(stored, given)
    if (!isRight) await secretGuesses.failed(holder, from)
    return isRight
  }
}

/** Makes a provider accept redirect URIs exactly as registered (RFC 9700 §2.1), also for native applications. */
export function compareRedirectsExactly(provider: Provider): void {
  provider.Client.prototype.redirectUriAllowed = function (this: Client, uri: string): boolean {
    return this.redirectUris?.includes(uri) ?? false
  }
  provider.Client.prototype.postLogoutRedirectUriAllowed = function (this: Client, uri: string): boolean {
    return this.postLogoutRedirectUris?.includes(uri) ?? false
  }
}
