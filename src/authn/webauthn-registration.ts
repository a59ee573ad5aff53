import { verifyRegistrationResponse } from '@simplewebauthn/server'
import { ALGORITHMS, isWithoutCertificates, requireUsableKey } from './webauthn-attestation.ts'
import { credentialRejected, rejectingFaults } from './webauthn-refusal.ts'
import type { RegistrationResponse } from './webauthn-response.ts'

/** What a finished registration proves; bytes are base64url. */
export interface RegistrationFacts {
  /** The user handle of the ceremony. */
  readonly user_handle: string
  readonly credential_id: string
  /** The COSE key. */
  readonly public_key: string
  readonly sign_count: number
  readonly transports: string[]
  /** The model of the authenticator by its own word, unproven. */
  readonly aaguid: string
  readonly backup_eligible: boolean
  readonly backup_state: boolean
  readonly user_verified: boolean
}

export interface RelyingParty {
  readonly rpId: string
  readonly origin: string
}

/** Verifies a new passkey against its challenge (WebAuthn Level 3 §7.1); refuses with `credential_rejected`. */
export async function verifyNewCredential(
  relyingParty: RelyingParty,
  challenge: string,
  userHandle: string,
  response: RegistrationResponse,
): Promise<RegistrationFacts> {
  const { id, rawId, type } = response
  const { clientDataJSON, attestationObject, transports } = response.response
  const info = await rejectingFaults(async () => {
    if (!isWithoutCertificates(attestationObject)) throw new Error('An attestation that nobody asked for')
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId,
        type,
        response: { clientDataJSON, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (!verified) throw new Error('The attestation signature is wrong')
    await requireUsableKey(registrationInfo.credential.publicKey)
    return registrationInfo
  })
  // The library reads the id from the signed part and never compares it with the one that the page reported.
  if (info.credential.id !== id) throw credentialRejected()
  return {
    user_handle: userHandle,
    credential_id: info.credential.id,
    public_key: Buffer.from(info.credential.publicKey).toString('base64url'),
    sign_count: info.credential.counter,
    transports: knownSpelling(transports ?? []),
    aaguid: info.aaguid,
    backup_eligible: info.credentialDeviceType === 'multiDevice',
    backup_state: info.credentialBackedUp,
    user_verified: info.userVerified,
  }
}

// New transports may be invented, but never with other letters; what the page reports is unsigned.
function knownSpelling(transports: readonly string[]): string[] {
  return [...new Set(transports)].filter((transport) => /^[a-z][a-z-]{0,31}$/.test(transport))
}
