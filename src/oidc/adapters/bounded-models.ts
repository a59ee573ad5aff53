import { type AdapterPayload, errors, Provider } from 'oidc-provider'
import { ANONYMOUS_KINDS, type AnonymousKind } from '../../documents/anonymous-kinds.ts'

/** Limits the models that anyone can make the provider store. */
export interface Bounds {
  /**
   * Counts a model that the current request stores, for the address that it came from.
   *
   * @throws Refusal `too_many_requests`.
   */
  admit(kind: AnonymousKind): Promise<void>
}

/**
 * How much is added to an interaction after the request, in bytes: who signed in, and which scopes wait for consent;
 * then, for a signed-in person, the answer.
 */
const ADDED_BY_SIGN_IN = 1024
const ADDED_BY_ANSWER = 384

/**
 * Returns why an interaction that a request begins cannot be stored, or `null`: its parameters are too long together,
 * or its address began too many. Later answers are no requests, and always fit.
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

/** Returns why the session of a browser in which nobody is signed in cannot be stored, or `null`. */
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
