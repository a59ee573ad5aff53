import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { DocumentStore } from '../documents/port.ts'
import type { Clock } from '../kernel/clock.ts'
import type { RandomSource } from '../kernel/random.ts'
import { ALGORITHMS } from './webauthn-attestation.ts'
import {
  type AuthenticationFacts,
  type StoredCredential,
  verifyKnownCredential,
} from './webauthn-authentication.ts'
import { CEREMONY_TIMEOUT, Challenges } from './webauthn-challenge.ts'
import { credentialRejected } from './webauthn-refusal.ts'
import { type RegistrationFacts, verifyNewCredential } from './webauthn-registration.ts'
import { readAuthentication, readRegistration } from './webauthn-response.ts'

export interface WebAuthnDependencies {
  readonly documents: DocumentStore
  readonly clock: Clock
  readonly random: RandomSource
  /** The relying-party id: the host name of the issuer. */
  readonly rpId: string
  readonly rpName: string
  /** The one origin that ceremonies may come from, `https://host[:port]`. */
  readonly origin: string
}

/** Runs passkey ceremonies: makes options, verifies responses, and stores only the challenge. */
export class WebAuthnService {
  readonly #deps: WebAuthnDependencies
  readonly #challenges: Challenges

  constructor(deps: WebAuthnDependencies) {
    this.#deps = deps
    this.#challenges = new Challenges(deps.documents, deps.clock, deps.random)
  }

  /**
   * Begins the registration of a passkey in a session. `userHandle` is the base64url of at most 64 random bytes
   * that say nothing about the user (WebAuthn Level 3 §14.6.1).
   */
  async registrationOptions(request: {
    session: string
    userHandle: string
    username: string
    displayName: string
    excludeCredentialIds: readonly string[]
  }): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const bound = { user_handle: request.userHandle, allowed: null }
    return generateRegistrationOptions({
      rpID: this.#deps.rpId,
      rpName: this.#deps.rpName,
      userID: Uint8Array.from(Buffer.from(request.userHandle, 'base64url')),
      userName: request.username,
      userDisplayName: request.displayName,
      challenge: await this.#challenges.issue('registration', request.session, bound),
      timeout: CEREMONY_TIMEOUT,
      attestationType: 'none',
      excludeCredentials: request.excludeCredentialIds.map((id) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
    })
  }

  /**
   * Ends a registration; a challenge serves once, also when it fails. The caller checks that the credential id is new
   * and that `user_handle` is still the user of the session.
   *
   * @throws Refusal `credential_rejected`, whatever the response looks like.
   */
  async verifyRegistration(request: { session: string; response: unknown }): Promise<RegistrationFacts> {
    const response = readRegistration(request.response)
    const bound = await this.#challenges.take('registration', request.session, response.challenge)
    if (bound === null || bound.user_handle === null) throw credentialRejected()
    return verifyNewCredential(this.#deps, response.challenge, bound.user_handle, response)
  }

  /**
   * Begins an authentication in a session. Without `allowCredentialIds` the options are alike for everybody; give
   * them only when the user is known already, to confirm who it is.
   */
  async authenticationOptions(request: {
    session: string
    allowCredentialIds?: readonly string[]
  }): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const allowed = request.allowCredentialIds?.slice() ?? null
    return generateAuthenticationOptions({
      rpID: this.#deps.rpId,
      challenge: await this.#challenges.issue('authentication', request.session, {
        user_handle: null,
        allowed,
      }),
      timeout: CEREMONY_TIMEOUT,
      userVerification: 'required',
      allowCredentials: (allowed ?? []).map((id) => ({ id })),
    })
  }

  /**
   * Ends an authentication; a challenge serves once, also when it fails. `lookup` finds a passkey by its id.
   *
   * @throws Refusal `credential_rejected`, whatever the response looks like; CounterRegressed.
   */
  async verifyAuthentication(request: {
    session: string
    response: unknown
    lookup: (credentialId: string) => Promise<StoredCredential | null>
  }): Promise<AuthenticationFacts> {
    const response = readAuthentication(request.response)
    const bound = await this.#challenges.take('authentication', request.session, response.challenge)
    if (bound === null) throw credentialRejected()
    // WebAuthn Level 3 §7.2 step 5: only a passkey that was asked for.
    if (bound.allowed !== null && !bound.allowed.includes(response.id)) throw credentialRejected()
    const stored = await request.lookup(response.id)
    if (stored === null) throw credentialRejected()
    // §7.2 step 6: the authenticator may leave the handle out only when the user was known beforehand.
    const handle = response.response.userHandle ?? (bound.allowed === null ? null : stored.user_handle)
    if (handle !== stored.user_handle) throw credentialRejected()
    return verifyKnownCredential(this.#deps, response.challenge, stored, response)
  }
}
