import type { AdapterPayload } from 'oidc-provider'
import type { Views } from '../projections/views.ts'
import { type AdapterDeps, DocumentAdapter } from './document-adapter.ts'
import { standingScopes } from './standing.ts'

/**
 * Keeps grants: what a person agreed to. Whatever uses a grant sees the scopes that still stand, so a token that
 * is refreshed loses what the client or the person has lost meanwhile.
 */
export class GrantAdapter extends DocumentAdapter {
  readonly #views: Views

  constructor(model: string, deps: AdapterDeps & { views: Views }) {
    super(model, deps)
    this.#views = deps.views
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id)
    const openid = payload?.openid as { scope?: string } | undefined
    if (openid?.scope === undefined) return payload
    const { clientId = '', accountId = null } = payload ?? {}
    const registered = this.#views.clients.scopeOf(clientId)
    if (registered === null) return undefined
    const scopes = standingScopes(this.#views, openid.scope.split(' '), registered, accountId)
    return { ...payload, openid: { ...openid, scope: [...scopes].join(' ') } }
  }
}
