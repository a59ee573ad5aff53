import type { AdapterPayload } from 'oidc-provider'
import type { Clock } from '../kernel/clock.ts'
import type { Views } from '../projections/views.ts'
import { type AdapterDeps, DocumentAdapter } from './document-adapter.ts'
import { mayStillBeUsed, standingScopes } from './standing.ts'

/** What the adapters of tokens stand on. */
export interface TokenAdapterDeps extends AdapterDeps {
  views: Views
  clock: Clock
}

/**
 * Keeps tokens. Each is looked at anew whenever it is used: of a client that was removed, or a person who was
 * deactivated or signed out, it is not found any more, and its scopes are those that still stand.
 */
export class TokenAdapter extends DocumentAdapter {
  protected readonly views: Views

  constructor(model: string, deps: TokenAdapterDeps) {
    super(model, deps)
    this.views = deps.views
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id)
    return payload === undefined ? undefined : this.#standing(payload)
  }

  #standing(payload: AdapterPayload): AdapterPayload | undefined {
    const { accountId, clientId = '', sessionUid = '', scope } = payload
    if (accountId === undefined) {
      const registered = this.views.standing.ofMachine(clientId)
      return registered === null ? undefined : { ...payload, ...this.#scope(scope, registered, null) }
    }
    const standing = this.views.standing.ofPerson(clientId, sessionUid)
    if (standing === null) return undefined
    const cut = this.#scope(scope, standing.scope, accountId)
    const scopes = new Set(cut.scope?.split(' '))
    return mayStillBeUsed(standing, accountId, scopes, this.deps.clock()) ? { ...payload, ...cut } : undefined
  }

  #scope(scope: string | undefined, registered: string, accountId: string | null): { scope?: string } {
    if (scope === undefined) return {}
    return { scope: standingScopes(this.views, scope.split(' '), registered, accountId).join(' ') }
  }
}
