import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** What a ceremony does otherwise than an honest browser and authenticator would. */
export interface CeremonyOverrides {
  origin?: string
  /** The relying-party id whose hash is signed. */
  rpId?: string
  challenge?: string
  /** `webauthn.create` or `webauthn.get`. */
  type?: string
  crossOrigin?: boolean
  topOrigin?: string
  /** The signature counter that is reported. The authenticator goes on from it. */
  counter?: number
  userPresent?: boolean
  userVerified?: boolean
  backupEligible?: boolean
  backupState?: boolean
  /** base64url; `null` leaves it out. Authentication only. */
  userHandle?: string | null
  /** Which passkey answers, base64url; otherwise the newest that is allowed. Authentication only. */
  credentialId?: string
  /** Changes a part after it was signed, so little that it still reads well. Authentication only. */
  tamper?: 'signature' | 'authenticatorData' | 'clientDataJSON'
}

/** A passkey inside the authenticator. */
export interface SoftwareCredential {
  readonly id: string
  readonly rpId: string
  readonly userHandle: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  counter: number
}

const FLAGS = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backupState: 0x10,
  attested: 0x40,
}

/**
 * An authenticator and its browser in one: real P-256 keys, real authenticator data, real ES256 signatures, in the
 * JSON that a page posts. It is an honest one unless a ceremony says otherwise.
 */
export class SoftwareAuthenticator {
  readonly credentials: SoftwareCredential[] = []
  readonly #origin: string
  readonly #counting: boolean

  /** `origin` is where the page is; an authenticator that is not `counting` always reports 0, as synced ones do. */
  constructor({ origin, counting = true }: { origin: string; counting?: boolean }) {
    this.#origin = origin
    this.#counting = counting
  }

  /** Makes a passkey, as `navigator.credentials.create` does. */
  register(
    options: PublicKeyCredentialCreationOptionsJSON,
    overrides: CeremonyOverrides = {},
  ): RegistrationResponseJSON {
    if (options.excludeCredentials?.some(({ id }) => this.#find(id) !== undefined)) {
      throw new DOMException('This authenticator holds a passkey of the account already', 'InvalidStateError')
    }
    const id = randomBytes(32)
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const rpId = overrides.rpId ?? options.rp.id ?? new URL(this.#origin).hostname
    const counter = overrides.counter ?? 0
    const userHandle = options.user.id
    this.credentials.push({ id: id.toString('base64url'), rpId, userHandle, privateKey, publicKey, counter })

    const authData = Buffer.concat([
      authenticatorData(rpId, counter, overrides, FLAGS.attested),
      Buffer.alloc(16), // a zero AAGUID: which model this is stays unsaid
      Buffer.from([id.length >> 8, id.length & 0xff]),
      id,
      cosePublicKey(publicKey),
    ])
    const attestation = new Map<string, string | Map<string, string> | Uint8Array>([
      ['fmt', 'none'],
      ['attStmt', new Map<string, string>()],
      ['authData', new Uint8Array(authData)],
    ])
    return {
      id: id.toString('base64url'),
      rawId: id.toString('base64url'),
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: base64url(this.#clientData('webauthn.create', options.challenge, overrides)),
        attestationObject: base64url(isoCBOR.encode(attestation)),
        transports: ['internal', 'hybrid'],
      },
    }
  }

  /** Signs with a passkey, as `navigator.credentials.get` does. */
  authenticate(
    options: PublicKeyCredentialRequestOptionsJSON,
    overrides: CeremonyOverrides = {},
  ): AuthenticationResponseJSON {
    const credential = this.#choose(options, overrides.credentialId)
    credential.counter = overrides.counter ?? credential.counter + (this.#counting ? 1 : 0)
    const authData = authenticatorData(overrides.rpId ?? credential.rpId, credential.counter, overrides)
    const clientData = this.#clientData('webauthn.get', options.challenge, overrides)
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), credential.privateKey)
    const userHandle = overrides.userHandle === undefined ? credential.userHandle : overrides.userHandle
    const { tamper } = overrides
    return {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        // One space more is the same JSON, but not the bytes that were signed.
        clientDataJSON: base64url(
          tamper === 'clientDataJSON' ? Buffer.concat([clientData, Buffer.from(' ')]) : clientData,
        ),
        authenticatorData: base64url(tamper === 'authenticatorData' ? withFlippedBit(authData) : authData),
        signature: base64url(tamper === 'signature' ? withFlippedBit(signature) : signature),
        ...(userHandle === null ? {} : { userHandle }),
      },
    }
  }

  #choose(options: PublicKeyCredentialRequestOptionsJSON, wanted: string | undefined): SoftwareCredential {
    const allowed = options.allowCredentials ?? []
    const usable = this.credentials.filter(
      ({ id, rpId }) =>
        rpId === options.rpId && (allowed.length === 0 || allowed.some((descriptor) => descriptor.id === id)),
    )
    const credential = wanted === undefined ? usable.at(-1) : this.#find(wanted)
    if (credential === undefined) throw new DOMException('No passkey for this site', 'NotAllowedError')
    return credential
  }

  #find(id: string): SoftwareCredential | undefined {
    return this.credentials.find((credential) => credential.id === id)
  }

  #clientData(type: string, challenge: string, overrides: CeremonyOverrides): Buffer {
    const { topOrigin } = overrides
    return Buffer.from(
      JSON.stringify({
        type: overrides.type ?? type,
        challenge: overrides.challenge ?? challenge,
        origin: overrides.origin ?? this.#origin,
        crossOrigin: overrides.crossOrigin ?? false,
        ...(topOrigin === undefined ? {} : { topOrigin }),
      }),
    )
  }
}

// WebAuthn Level 3 §6.1: hash of the relying-party id, flags, counter.
function authenticatorData(
  rpId: string,
  counter: number,
  overrides: CeremonyOverrides,
  extraFlags = 0,
): Buffer {
  const { userPresent = true, userVerified = true, backupEligible = true, backupState = true } = overrides
  const flags =
    (userPresent ? FLAGS.userPresent : 0) |
    (userVerified ? FLAGS.userVerified : 0) |
    (backupEligible ? FLAGS.backupEligible : 0) |
    (backupState ? FLAGS.backupState : 0) |
    extraFlags
  const tail = Buffer.alloc(5)
  tail.writeUInt8(flags, 0)
  tail.writeUInt32BE(counter, 1)
  return Buffer.concat([sha256(Buffer.from(rpId)), tail])
}

// RFC 9053 §7.1: key type EC2, algorithm ES256, curve P-256, x, y.
function cosePublicKey(publicKey: KeyObject): Buffer {
  const jwk = publicKey.export({ format: 'jwk' })
  const coordinate = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64url'))
  const key = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, coordinate(jwk.x)],
    [-3, coordinate(jwk.y)],
  ])
  return Buffer.from(isoCBOR.encode(key))
}

function withFlippedBit(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 1, copy.length - 1)
  return copy
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
