import { type AdapterPayload, errors, Provider } from 'oidc-provider'
import { ANONYMOUS_KINDS, type AnonymousKind } from '../../documents/anonymous-kinds.ts'

/** What bounds the models that anybody can make the provider keep. */
export interface Bounds {
  /**
   * Counts a model that the request which is being answered wants kept, for the address that it came from.
   *
   * @throws Refusal `too_many_requests`.
   */
  admit(kind: AnonymousKind): Promise<void>
}

/**
 * How much is added to an interaction after the request, in bytes: who signed in, and which scopes wait for consent;
 * then, for somebody who is signed in, the answer.
 */
const ADDED_BY_SIGN_IN = 1024
const ADDED_BY_ANSWER = 384

/**
 * Tells what is wrong with keeping an interaction that a request begins, or `null`: its parameters are too long
 * together, or its address began too many. The answers that come later are no requests, and always fit.
 */
export async function interactionFault(payload: AdapterPayload, { admit }: Bounds): Promise<unknown> {
  if (!Provider.ctx) return null
  const isSignedIn = payload.session?.accountId !== undefined
  const added = isSignedIn ? ADDED_BY_ANSWER : ADDED_BY_SIGN_IN
  if (bytesOf(payload) > ANONYMOUS_KINDS['oidc:Interaction'].bytes - added) {
    return new errors.InvalidRequest('the parameters are too long together')
  }
  return faultOf(admit('oidc:Interaction'))
}

/** Tells what is wrong with keeping the session of a browser in which nobody is signed in, or `null`. */
export async function sessionFault(payload: AdapterPayload, { admit }: Bounds): Promise<unknown> {
  if (payload.accountId !== undefined) return null
  if (bytesOf(payload) > ANONYMOUS_KINDS['oidc:Session'].bytes) {
    return new errors.InvalidRequest('the parameters are too long together')
  }
  return faultOf(admit('oidc:Session'))
}

function faultOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
