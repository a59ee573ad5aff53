import type { Principal } from '../../accounts/principal.ts'
import type { Origin } from '../../events/envelope.ts'

/** Describes the origin of the events of a request, as the server itself knows it. */
export function originOf(principal: Principal | null, requestId: string): Origin {
  const person = principal?.kind === 'user' ? principal : null
  return {
    client: principal?.kind === 'client' ? principal.clientId : (person?.token?.clientId ?? null),
    request: requestId,
    session: person?.sessionId ?? null,
    flow: null,
    correlation: requestId,
    causation: null,
  }
}
