import type { Actor } from '../events/envelope.ts'
import { ADMIN_GROUP, ADMIN_SCOPE } from '../kernel/administration.ts'

/** A caller, as the server itself identified it. */
export type Principal =
  | {
      kind: 'user'
      userid: string
      groups: readonly string[]
      sessionId: string
      /** When and how the person last proved who it is; milliseconds since 1970. */
      authTime: number
      amr: readonly string[]
      /**
       * When a password or passkey was last given in the session, also in that of a token; milliseconds since 1970.
       * `null` when only mailed links and codes were.
       */
      strongAuthTime: number | null
      /** `null` with a browser session; with an access token, its scopes and the client that got it. */
      token: { scopes: readonly string[]; clientId: string } | null
    }
  | { kind: 'client'; clientId: string; scopes: readonly string[] }

/** Finds the caller for whom an access token was issued; `null` when it is not valid. */
export type TokenReader = (token: string) => Promise<Principal | null>

/** Whether a caller may administer, or why not: the right is missing, or the proof of who it is. */
export type AdministrationVerdict = 'allowed' | 'forbidden' | 'proof_needed'

/**
 * Judges whether a caller may administer: a machine with the scope; a person in the group, with a token only if it
 * has the scope, and only in a session in which a password or passkey was given: access to an administrator's mail is
 * not enough. The proof is checked before the scope, because no token of a session without it has that scope.
 */
export function judgeAdministrator(principal: Principal): AdministrationVerdict {
  if (principal.kind === 'client') return principal.scopes.includes(ADMIN_SCOPE) ? 'allowed' : 'forbidden'
  if (!principal.groups.includes(ADMIN_GROUP)) return 'forbidden'
  if (principal.strongAuthTime === null) return 'proof_needed'
  const scoped = principal.token === null || principal.token.scopes.includes(ADMIN_SCOPE)
  return scoped ? 'allowed' : 'forbidden'
}

/** Names a caller as the actor of the events it causes. */
export function actorOf(principal: Principal | null): Actor {
  if (!principal) return { kind: 'anonymous', id: 'anonymous' }
  return principal.kind === 'user'
    ? { kind: 'user', id: principal.userid }
    : { kind: 'client', id: principal.clientId }
}
