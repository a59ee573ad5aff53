import type { AdapterPayload } from 'oidc-provider'
import { ADMIN_SCOPE } from '../../kernel/administration.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { ClientRights } from '../../projections/clients/rights.ts'
import type { Views } from '../../projections/views.ts'
import { readIssue, withIssue } from '../issued-at.ts'
import { type ClientNeeds, clientStillHolds, keepGrantedScopes, mayStillBeUsed } from '../token-validity.ts'
import { type AdapterDeps, DocumentAdapter } from './document-adapter.ts'

/** What the adapters of tokens use. */
export interface TokenAdapterDeps extends AdapterDeps {
  views: Views
  clock: Clock
}

/** The models whose validity is checked at every use. */
export type TokenModel = 'AccessToken' | 'AuthorizationCode' | 'ClientCredentials' | 'RefreshToken'

/**
 * Stores tokens. The validity of each is checked at every use: a token of a removed client, or of a person who was
 * deactivated or signed out, is not found, and its scopes are those that are still granted. A right that was removed
 * and added again since the token was issued does not make it valid again.
 */
export class TokenAdapter extends DocumentAdapter {
  protected readonly views: Views
  readonly #model: TokenModel

  constructor(model: TokenModel, deps: TokenAdapterDeps) {
    super(model, deps)
    this.#model = model
    this.views = deps.views
  }

  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await super.upsert(id, withIssue(payload, this.views), expiresIn)
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const stored = await super.find(id)
    if (stored === undefined) return undefined
    const { payload, issuedAt } = readIssue(stored)
    return this.#valid(payload, issuedAt)
  }

  #valid(payload: AdapterPayload, issuedAt: number): AdapterPayload | undefined {
    const { accountId, clientId = '', sessionUid = '', scope } = payload
    const needs = needsOf(this.#model, payload)
    if (accountId === undefined) {
      const rights = this.views.tokenValidity.ofClient(clientId)
      if (rights === null || !clientStillHolds(rights, needs, issuedAt)) return undefined
      return { ...payload, ...this.#scope(scope, { rights, accountId: null, issuedAt }) }
    }
    const validity = this.views.tokenValidity.ofPerson(clientId, sessionUid)
    if (validity === null || !clientStillHolds(validity.rights, needs, issuedAt)) return undefined
    // A mailed link alone does not allow administration (M10). Codes lose the scope too, so that no token gets it.
    const asked = validity.strong ? scope : without(scope, ADMIN_SCOPE)
    const cut = this.#scope(asked, { rights: validity.rights, accountId, issuedAt })
    const scopes = new Set(cut.scope?.split(' '))
    return mayStillBeUsed(validity, accountId, scopes, this.deps.clock()) ? { ...payload, ...cut } : undefined
  }

  #scope(
    scope: string | undefined,
    by: { rights: ClientRights; accountId: string | null; issuedAt: number },
  ): { scope?: string } {
    if (scope === undefined) return {}
    return { scope: keepGrantedScopes(this.views, scope.split(' '), by).join(' ') }
  }
}

/**
 * Returns what the client must still hold. A code needs no secret here: it is redeemed with the current one.
 */
function needsOf(model: TokenModel, { gty, redirectUri }: AdapterPayload): ClientNeeds {
  switch (model) {
    case 'AuthorizationCode':
      return { grants: ['authorization_code'], redirect: redirectUri }
    case 'ClientCredentials':
      return { secret: true, grants: ['client_credentials'] }
    case 'AccessToken':
      return { secret: true, grants: gty?.split(' ') ?? [] }
    case 'RefreshToken':
      return { secret: true, grants: [...(gty?.split(' ') ?? []), 'refresh_token'] }
  }
}

function without(scope: string | undefined, name: string): string | undefined {
  return scope
    ?.split(' ')
    .filter((one) => one !== name)
    .join(' ')
}
