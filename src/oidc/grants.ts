import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Client } from '../projections/clients/queries.ts'
import type { Views } from '../projections/views.ts'
import { keepGrantedScopes } from './token-validity.ts'

/** What a grant is made of. */
export interface GrantRequest {
  provider: Provider
  views: Views
  accountId: string
  client: Client
  scopes: Iterable<string>
  /** The grant before, whose scopes are kept. */
  before?: Grant | undefined
}

/**
 * Makes a grant of the scopes asked for and those granted before. Grants are never changed, so that each has the
 * lifetime that its scopes need. A scope that the person cannot have is recorded as refused and not asked for again.
 */
export async function saveGrant({ provider, views, accountId, client, scopes, before }: GrantRequest) {
  const asked = [...new Set([...scopes, ...scopesOf(before?.getOIDCScope())])]
  const given = scopesNow(views, asked, client, accountId)
  const grant = new provider.Grant({ accountId, clientId: client.client_id })
  grant.addOIDCScope(given)
  const refused = asked.filter((scope) => !given.includes(scope))
  if (refused.length > 0) grant.rejectOIDCScope(refused)
  await grant.save()
  return grant
}

/**
 * Finds what the person granted to the client in this session. The operator's own applications are not asked about:
 * what they request is granted at once, without a page or a redirect.
 */
export async function loadGrant(views: Views, { oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { session, provider, account } = oidc
  const client = oidc.client && views.clients.byId(oidc.client.clientId)
  if (!client || !account) return undefined
  const id = oidc.result?.consent?.grantId ?? session?.grantIdFor(client.client_id)
  const before = id === undefined ? undefined : await provider.Grant.find(id)
  if (!client.first_party) return before
  const encountered = new Set(scopesOf(before?.getOIDCScopeEncountered()))
  const granted = new Set(scopesOf(before?.getOIDCScope()))
  const scopes = [...oidc.requestParamOIDCScopes]
  // A scope that was refused may be available now: the person has joined the group since.
  const due = scopesNow(views, scopes, client, account.accountId)
  const isEnough = scopes.every((scope) => encountered.has(scope)) && due.every((scope) => granted.has(scope))
  if (before && isEnough) return before
  return saveGrant({ provider, views, accountId: account.accountId, client, scopes, before })
}

/** Keeps the scopes that a person can have at a client now. */
function scopesNow(views: Views, scopes: readonly string[], client: Client, accountId: string): string[] {
  const rights = views.tokenValidity.ofClient(client.client_id)
  const issuedAt = views.tokenValidity.sequence()
  return rights ? keepGrantedScopes(views, scopes, { rights, accountId, issuedAt }) : []
}

function scopesOf(text: string | undefined): string[] {
  return text?.split(' ').filter((scope) => scope !== '') ?? []
}
