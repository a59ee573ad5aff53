import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Views } from '../projections/views.ts'
import { standingScopes } from './standing.ts'

/** What a grant is made of. */
export interface GrantRequest {
  provider: Provider
  views: Views
  accountId: string
  clientId: string
  scopes: Iterable<string>
  /** What was granted before and goes on. */
  before?: Grant | undefined
}

/**
 * Makes a grant of the scopes asked for and those granted before. Grants are never changed, so that each has the
 * lifetime that its scopes need. A scope that the person cannot have is noted as refused, not asked for again.
 */
export async function saveGrant({ provider, views, accountId, clientId, scopes, before }: GrantRequest) {
  const asked = new Set([...scopes, ...scopesOf(before?.getOIDCScope())])
  const given = standingScopes(views, asked, clientId, accountId)
  const grant = new provider.Grant({ accountId, clientId })
  grant.addOIDCScope(given)
  const refused = [...asked].filter((scope) => !given.has(scope))
  if (refused.length > 0) grant.rejectOIDCScope(refused)
  await grant.save()
  return grant
}

/**
 * Finds what the person granted to the client in this session. The operator's own applications are not asked about:
 * what they want is granted at once, without a page and without a detour of the browser.
 */
export async function loadGrant(views: Views, { oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider, account } = oidc
  if (!client || !account) return undefined
  const id = oidc.result?.consent?.grantId ?? session?.grantIdFor(client.clientId)
  const before = id === undefined ? undefined : await provider.Grant.find(id)
  if (!views.clients.byId(client.clientId)?.first_party) return before
  const encountered = new Set(scopesOf(before?.getOIDCScopeEncountered()))
  const scopes = [...oidc.requestParamOIDCScopes]
  if (before && scopes.every((scope) => encountered.has(scope))) return before
  const { accountId } = account
  return saveGrant({ provider, views, accountId, clientId: client.clientId, scopes, before })
}

function scopesOf(text: string | undefined): string[] {
  return text?.split(' ').filter((scope) => scope !== '') ?? []
}
