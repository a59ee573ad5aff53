import type { AdapterPayload } from 'oidc-provider'
import { readIssue, withIssue } from '../issued-at.ts'
import { clientStillHolds, keepGrantedScopes } from '../token-validity.ts'
import { DocumentAdapter } from './document-adapter.ts'
import type { TokenAdapterDeps } from './token-adapter.ts'

/**
 * Stores grants: what a person allowed a client. A grant of an earlier registration under the same id is not found. A
 * scope that was removed since is no longer granted, even when it was added again: the person is asked again.
 */
export class GrantAdapter extends DocumentAdapter {
  readonly #views: TokenAdapterDeps['views']

  constructor(model: string, deps: TokenAdapterDeps) {
    super(model, deps)
    this.#views = deps.views
  }

  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await super.upsert(id, withIssue(payload, this.#views), expiresIn)
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const stored = await super.find(id)
    if (stored === undefined) return undefined
    const { payload, issuedAt } = readIssue(stored)
    const { clientId = '', accountId = null } = payload
    const openid = payload.openid as { scope?: string } | undefined
    const rights = this.#views.tokenValidity.ofClient(clientId)
    if (rights === null || !clientStillHolds(rights, {}, issuedAt)) return undefined
    const granted = openid?.scope?.split(' ') ?? []
    const scope = keepGrantedScopes(this.#views, granted, { rights, accountId, issuedAt })
    return scope.length === granted.length
      ? payload
      : { ...payload, openid: { ...openid, scope: scope.join(' ') } }
  }
}
