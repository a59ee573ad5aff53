import { createHash, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'oidc-provider'
import { command, SYSTEM_ACTOR } from '../../commands/command.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import type { SigningKey } from '../../projections/signing-keys/queries.ts'
import type { OidcDeps } from '../deps.ts'

/** What the signing keys use. */
export type SigningKeyDeps = Pick<OidcDeps, 'commands' | 'keys' | 'views' | 'clock'>

export const SIGNING_ALGORITHMS = ['RS256', 'ES256'] as const
type Algorithm = (typeof SIGNING_ALGORITHMS)[number]

const generate = promisify(generateKeyPair)

/** Names the stored private part of a signing key. */
export const secretName = (kid: string) => `signing-key:${kid}`

/**
 * Makes a signing key and publishes its public part; it signs nothing yet. The private part is stored first, so that
 * no key is published that cannot sign.
 *
 * @returns the id of the key: its thumbprint (RFC 7638).
 */
export async function publishSigningKey(
  { commands, keys }: Pick<SigningKeyDeps, 'commands' | 'keys'>,
  alg: Algorithm,
  actor = SYSTEM_ACTOR,
): Promise<string> {
  const { publicKey, privateKey } =
    alg === 'RS256'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = thumbprint(jwk)
  await keys.ensureSecret(secretName(kid), Buffer.from(JSON.stringify(privateKey.export({ format: 'jwk' }))))
  const public_jwk = stringMembers({ ...jwk, kid, alg, use: 'sig' })
  await commands.submit(command('create-signing-key', { kid, alg, public_jwk }, actor))
  return kid
}

/** Makes a published key the one that signs. */
export async function activateSigningKey(
  { commands }: Pick<SigningKeyDeps, 'commands'>,
  kid: string,
  actor = SYSTEM_ACTOR,
): Promise<void> {
  await commands.submit(command('activate-signing-key', { kid }, actor))
}

/** Retires a key and destroys its private part. */
export async function retireSigningKey(
  { commands, keys }: Pick<SigningKeyDeps, 'commands' | 'keys'>,
  kid: string,
  actor = SYSTEM_ACTOR,
): Promise<void> {
  await commands.submit(command('retire-signing-key', { kid }, actor))
  await keys.removeSecret(secretName(kid))
}

/**
 * Loads every key that is published, private parts included, the signing one of each algorithm first.
 *
 * @throws StartRefused when a private part is missing: a new key would hide that.
 */
export async function loadKeySet({ keys, views }: Pick<SigningKeyDeps, 'keys' | 'views'>): Promise<JWK[]> {
  const published = views.signingKeys.all().filter(({ state }) => state !== 'retired')
  const activeFirst = published.toSorted(
    (a, b) => Number(b.state === 'active') - Number(a.state === 'active'),
  )
  return Promise.all(
    activeFirst.map(async ({ kid, alg }) => {
      const secret = await keys.secret(secretName(kid))
      if (secret === null) {
        throw new StartRefused(`The private part of the signing key ${kid} is missing; restore the key store`)
      }
      return { ...(JSON.parse(Buffer.from(secret).toString()) as JWK), kid, alg, use: 'sig' }
    }),
  )
}

/** Describes which keys are published and which sign, to notice when that changes. */
export function keySetVersion(all: readonly SigningKey[]): string {
  return all.map(({ kid, state }) => `${kid} ${state}`).join('\n')
}

/** Hashes the required members of a public key (RFC 7638 §3.2). */
function thumbprint({ kty, crv, e, n, x, y }: JWK): string {
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

function stringMembers(jwk: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(jwk).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
