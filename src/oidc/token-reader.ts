import type { AdapterPayload } from 'oidc-provider'
import { parseIsoTime } from '../kernel/clock.ts'
import { documentKind } from './adapters/document-adapter.ts'
import { TokenAdapter } from './adapters/token-adapter.ts'
import type { OidcDeps } from './deps.ts'

/** Whom an access token speaks for; times are milliseconds since 1970. */
export type Bearer =
  | {
      kind: 'user'
      userid: string
      groups: readonly string[]
      sessionId: string
      authTime: number
      amr: readonly string[]
      /** When a password or passkey was last given in the session; `null` when only mailed links and codes were. */
      strongAuthTime: number | null
      token: { scopes: readonly string[]; clientId: string }
    }
  | { kind: 'client'; clientId: string; scopes: readonly string[] }

/** Makes the function that says whom an access token speaks for; `null` when it is not good, or not any more. */
export function createTokenReader(deps: Pick<OidcDeps, 'documents' | 'views' | 'clock'>) {
  const { documents, views } = deps
  const people = new TokenAdapter('AccessToken', deps)
  const machines = new TokenAdapter('ClientCredentials', deps)

  const person = async (token: AdapterPayload): Promise<Bearer | null> => {
    const { accountId, sessionUid, clientId, grantId, scope, extra } = token
    if (
      accountId === undefined ||
      sessionUid === undefined ||
      clientId === undefined ||
      grantId === undefined
    ) {
      return null
    }
    // Whoever revokes an authorization removes its grant first.
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

  return async (token: string): Promise<Bearer | null> => {
    const found = (await people.find(token)) ?? (await machines.find(token))
    if (found?.clientId === undefined) return null
    if (found.kind === 'AccessToken') return person(found)
    return { kind: 'client', clientId: found.clientId, scopes: scopesOf(found.scope) }
  }
}

function scopesOf(text: string | undefined): string[] {
  return text?.split(' ').filter((scope) => scope !== '') ?? []
}
