import { decodeAttestationObject, verifySignature } from '@simplewebauthn/server/helpers'

/** ECDSA on P-256 with SHA-256 (IANA COSE Algorithms). */
export const ES256 = -7
/** The signature algorithms that passkeys may use: EdDSA, ES256, RS256. */
export const ALGORITHMS = [-8, ES256, -257]

// A well-formed DER signature that no key ever made.
const NO_SIGNATURE = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1)

/**
 * Tells whether an attestation brings no certificates: `none`, or `packed` signed by the passkey itself. We ask for
 * none; verifying a certificate chain would fetch revocation lists from addresses that the client wrote into it.
 */
export function isWithoutCertificates(attestationObject: string): boolean {
  const attestation = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')))
  const format = attestation.get('fmt')
  return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined)
}

/** Throws when no signature could ever be verified with a COSE key, such as a point that is not on its curve. */
export async function requireUsableKey(publicKey: Uint8Array<ArrayBuffer>): Promise<void> {
  await verifySignature({
    signature: NO_SIGNATURE,
    data: new Uint8Array(),
    credentialPublicKey: publicKey,
  })
}
