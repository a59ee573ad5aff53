import { type VerifiedAuthenticationResponse, verifyAuthenticationResponse } from '@simplewebauthn/server'
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'
import { isEcdsaSignature } from './ecdsa-signature.ts'
import { ES256 } from './webauthn-attestation.ts'
import { CounterRegressed, credentialRejected, rejectingFaults } from './webauthn-refusal.ts'
import type { RelyingParty } from './webauthn-registration.ts'
import type { AuthenticationResponse } from './webauthn-response.ts'

/** What is stored about a passkey, as far as verifying needs it; bytes are base64url. */
export interface StoredCredential {
  readonly user_handle: string
  /** The COSE key. */
  readonly public_key: string
  readonly sign_count: number
  readonly backup_eligible: boolean
}

/** What a finished authentication proves. */
export interface AuthenticationFacts {
  readonly user_handle: string
  readonly credential_id: string
  readonly new_sign_count: number
  readonly user_verified: boolean
  readonly backup_state: boolean
}

/**
 * Verifies that the holder of a stored passkey answered the challenge (WebAuthn Level 3 §7.2).
 *
 * @throws Refusal `credential_rejected`; CounterRegressed when all is right but the counter did not rise.
 */
export async function verifyKnownCredential(
  relyingParty: RelyingParty,
  challenge: string,
  stored: StoredCredential,
  response: AuthenticationResponse,
): Promise<AuthenticationFacts> {
  const publicKey = Uint8Array.from(Buffer.from(stored.public_key, 'base64url'))
  const info = await rejectingFaults(() => verifyAssertion(relyingParty, challenge, publicKey, response))
  // §7.2 step 19: whether a passkey can be copied to other devices is fixed when it is made.
  if ((info.credentialDeviceType === 'multiDevice') !== stored.backup_eligible) throw credentialRejected()
  const counts = stored.sign_count > 0 || info.newCounter > 0
  if (counts && info.newCounter <= stored.sign_count) {
    throw new CounterRegressed(response.id, stored.sign_count, info.newCounter)
  }
  return {
    user_handle: stored.user_handle,
    credential_id: response.id,
    new_sign_count: info.newCounter,
    user_verified: info.userVerified,
    backup_state: info.credentialBackedUp,
  }
}

async function verifyAssertion(
  { rpId, origin }: RelyingParty,
  challenge: string,
  publicKey: Uint8Array<ArrayBuffer>,
  { id, rawId, type, response }: AuthenticationResponse,
): Promise<VerifiedAuthenticationResponse['authenticationInfo']> {
  const { clientDataJSON, authenticatorData, signature } = response
  const algorithm = decodeCredentialPublicKey(publicKey).get(cose.COSEKEYS.alg)
  if (algorithm === ES256 && !isEcdsaSignature(Buffer.from(signature, 'base64url'))) {
    throw new Error('The assertion signature is not DER')
  }
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: {
      id,
      rawId,
      type,
      response: { clientDataJSON, authenticatorData, signature },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
    // The library checks the counter before the signature, so anyone could make it report a copied passkey.
    // Given zero it does not check; the caller checks after the signature.
    credential: { id, publicKey, counter: 0 },
  })
  if (!verified) throw new Error('The assertion signature is wrong')
  return authenticationInfo
}
