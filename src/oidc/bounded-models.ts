import { type AdapterPayload, errors, Provider } from 'oidc-provider'
import { ANONYMOUS_KINDS, type AnonymousKind } from '../documents/anonymous-kinds.ts'

/** What bounds the models that anybody can make the provider keep. */
export interface Bounds {
  /**
   * Counts a model that the request which is being answered wants kept, for the address that it came from.
   *
   * @throws Refusal `too_many_requests`.
   */
  admit(kind: AnonymousKind): void
}

/** How much of what is kept of an interaction comes after the request: who signed in, and what was agreed to. */
const ADDED_LATER = 1024

/**
 * Tells what is wrong with keeping an interaction that a request begins, or `null`: its parameters are too long
 * together, or its address began too many. The answers that come later are no requests, and always fit.
 */
export function interactionFault({ params, prompt, session }: AdapterPayload, { admit }: Bounds): unknown {
  if (!Provider.ctx) return null
  const largest = ANONYMOUS_KINDS['oidc:Interaction'].bytes - ADDED_LATER
  if (bytesOf({ params, prompt }) > largest) {
    return new errors.InvalidRequest(`the parameters are longer than ${largest} bytes together`)
  }
  return session?.accountId === undefined ? faultOf(() => admit('oidc:Interaction')) : null
}

/** Tells what is wrong with keeping the session of a browser in which nobody is signed in, or `null`. */
export function sessionFault(payload: AdapterPayload, { admit }: Bounds): unknown {
  if (payload.accountId !== undefined) return null
  if (bytesOf(payload) > ANONYMOUS_KINDS['oidc:Session'].bytes) {
    return new errors.InvalidRequest('the parameters are too long together')
  }
  return faultOf(() => admit('oidc:Session'))
}

function faultOf(work: () => void): unknown {
  try {
    work()
    return null
  } catch (error) {
    return error
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
