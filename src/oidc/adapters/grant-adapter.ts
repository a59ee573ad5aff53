import type { AdapterPayload } from 'oidc-provider'
import { readIssue, withIssue } from '../issued-at.ts'
import { clientStillHolds, keepGrantedScopes } from '../token-validity.ts'
import { DocumentAdapter } from './document-adapter.ts'
import type { TokenAdapterDeps } from './token-adapter.ts'

/**
 * Keeps grants: what a person allowed a client. One that was given to an earlier registration under the same id is
 * none, and a scope that was taken away since is not granted any more, also when it was given back: it is asked for
 * again.
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
