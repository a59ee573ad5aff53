import type { Actor } from '../events/envelope.ts'

/** Who is calling, as the server itself found out. */
export type Principal =
  | {
      kind: 'user'
      userid: string
      groups: readonly string[]
      sessionId: string
      /** When and how the person last proved who it is; milliseconds since 1970. */
      authTime: number
      amr: readonly string[]
      /** `null` with a browser session; with an access token, what it is good for and who got it. */
      token: { scopes: readonly string[]; clientId: string } | null
    }
  | { kind: 'client'; clientId: string; scopes: readonly string[] }

/** Reads what an access token stands for; `null` when it is not good any more. */
export type TokenReader = (token: string) => Promise<Principal | null>

/** The group whose members administer the service. */
export const ADMIN_GROUP = 'admin'
/** The scope that a token needs for the admin API. */
export const ADMIN_SCOPE = 'admin'

/** Tells whether a caller may administer: a machine or a person with the scope, a person only in the group. */
export function isAdministrator(principal: Principal): boolean {
  if (principal.kind === 'client') return principal.scopes.includes(ADMIN_SCOPE)
  const scoped = principal.token === null || principal.token.scopes.includes(ADMIN_SCOPE)
  return scoped && principal.groups.includes(ADMIN_GROUP)
}

/** Names a caller as the actor of the events it causes. */
export function actorOf(principal: Principal | null): Actor {
  if (!principal) return { kind: 'anonymous', id: 'anonymous' }
  return principal.kind === 'user'
    ? { kind: 'user', id: principal.userid }
    : { kind: 'client', id: principal.clientId }
}
