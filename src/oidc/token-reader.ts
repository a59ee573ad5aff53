import type { AdapterPayload } from 'oidc-provider'
import type { Principal, TokenReader } from '../accounts/principal.ts'
import { parseIsoTime } from '../kernel/clock.ts'
import { documentKind } from './adapters/document-adapter.ts'
import { TokenAdapter } from './adapters/token-adapter.ts'
import type { OidcDeps } from './deps.ts'

/** Makes the function that finds the principal of an access token; `null` when the token is not valid. */
export function createTokenReader(deps: Pick<OidcDeps, 'documents' | 'views' | 'clock'>): TokenReader {
  const { documents, views } = deps
  const people = new TokenAdapter('AccessToken', deps)
  const machines = new TokenAdapter('ClientCredentials', deps)

  const person = async (token: AdapterPayload): Promise<Principal | null> => {
    const { accountId, sessionUid, clientId, grantId, scope, extra } = token
    if (
      accountId === undefined ||
      sessionUid === undefined ||
      clientId === undefined ||
      grantId === undefined
    ) {
      return null
    }
    // Revoking an authorization removes its grant first.
    if ((await documents.find(documentKind('Grant'), grantId)) === null) return null
    const user = views.users.byUserid(accountId)
    const session = views.sessions.byId(sessionUid)
    if (!user || !session) return null
    const authTime =
      typeof extra?.auth_time === 'number' ? extra.auth_time * 1000 : parseIsoTime(session.started_at)
    return {
      kind: 'user',
      userid: accountId,
      groups: user.groups,
      sessionId: sessionUid,
      authTime,
      amr: session.amr,
      strongAuthTime: session.strong_at === null ? null : parseIsoTime(session.strong_at),
      token: { scopes: scopesOf(scope), clientId },
    }
  }

  return async (token) => {
    const found = (await people.find(token)) ?? (await machines.find(token))
    if (found?.clientId === undefined) return null
    if (found.kind === 'AccessToken') return person(found)
    return { kind: 'client', clientId: found.clientId, scopes: scopesOf(found.scope) }
  }
}

function scopesOf(text: string | undefined): string[] {
  return text?.split(' ').filter((scope) => scope !== '') ?? []
}
