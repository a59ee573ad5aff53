import { type Clock, isoTime, parseIsoTime } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import { type RandomSource, randomToken, tokenHash } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import { Secret } from '../kernel/secret.ts'
import { isLinkCode, linkCode } from './magic-link-code.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// The default and the longest lifetime of a link of each purpose, in milliseconds.
const LIFETIMES = {
  sign_in: { usual: 10 * MINUTE, longest: 10 * MINUTE },
  recovery: { usual: HOUR, longest: DAY },
  invitation: { usual: 3 * DAY, longest: 30 * DAY },
  claim: { usual: 30 * MINUTE, longest: 30 * MINUTE },
  email_verification: { usual: DAY, longest: DAY },
} as const

/** What a link is good for; it is good for nothing else. */
export type LinkPurpose = keyof typeof LIFETIMES

/**
 * Checks the wanted lifetime of a link, in milliseconds; returns the default when none is given.
 *
 * @throws Refusal `invalid_input` when `wanted` is not a time or is longer than the purpose allows.
 */
export function linkLifetime(purpose: LinkPurpose, wanted: number | undefined): number {
  const { usual, longest } = LIFETIMES[purpose]
  if (wanted === undefined) return usual
  if (!Number.isInteger(wanted) || wanted <= 0)
    throw new Refusal('invalid_input', 'A link must live for some time')
  if (wanted > longest) {
    throw new Refusal('invalid_input', `Such a link may live for at most ${longest / MINUTE} minutes`)
  }
  return wanted
}

export interface MagicLinkDependencies {
  readonly clock: Clock
  readonly random: RandomSource
  /** The key from which typed codes are derived: 32 bytes that are the same after a restart. */
  readonly codeKey: Secret<Uint8Array>
}

/** A new link: the two secrets go to its recipient, only the hash is stored. */
export interface NewLink {
  readonly link_id: string
  readonly purpose: LinkPurpose
  /** 32 random bytes, base64url. */
  readonly token: Secret<string>
  /** Hex SHA-256 of the token. */
  readonly token_hash: string
  /** Eight letters and digits that can be typed instead. */
  readonly code: Secret<string>
  /** ISO 8601. */
  readonly expires_at: string
}

/** What must be known about a stored link; a caller's own fields come back untouched. */
export interface StoredLink {
  readonly purpose: string
  /** ISO 8601. */
  readonly expires_at: string
  readonly used: boolean
}

/** Makes one-time links and checks those that are presented; stores nothing itself. */
export class MagicLinkService {
  readonly #deps: MagicLinkDependencies

  constructor(deps: MagicLinkDependencies) {
    this.#deps = deps
  }

  /**
   * Makes the secrets of a link that lives for `ttl` milliseconds, from random bytes of this service or of the caller.
   *
   * @throws Refusal `invalid_input` for a longer life than the purpose allows.
   */
  create({
    purpose,
    ttl,
    random = this.#deps.random,
  }: {
    purpose: LinkPurpose
    ttl?: number | undefined
    random?: RandomSource
  }): NewLink {
    const expiresAt = this.#deps.clock() + linkLifetime(purpose, ttl)
    const link_id = newId()
    const token = randomToken(random)
    return {
      link_id,
      purpose,
      token: new Secret(token),
      token_hash: tokenHash(token),
      code: this.codeOf(link_id),
      expires_at: isoTime(expiresAt),
    }
  }

  /**
   * Finds the living link of a token and changes nothing. `find` looks it up by the hash of the token.
   *
   * @throws Refusal `link_invalid` (unknown, or made for something else), `link_used`, `link_expired`.
   */
  async inspect<L extends StoredLink>(
    token: string,
    purposes: LinkPurpose | readonly LinkPurpose[],
    find: (tokenHash: string) => Promise<L | null>,
  ): Promise<L> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(token)) throw invalidLink()
    return this.#requireLiving(await find(tokenHash(token)), purposes)
  }

  /** Uses a link up: as `inspect`, then `markUsed`, which must say `true` to exactly one caller, ever. */
  async consume<L extends StoredLink>(
    token: string,
    purposes: LinkPurpose | readonly LinkPurpose[],
    find: (tokenHash: string) => Promise<L | null>,
    markUsed: (tokenHash: string) => Promise<boolean>,
  ): Promise<L> {
    const link = await this.inspect(token, purposes, find)
    if (!(await markUsed(tokenHash(token)))) throw usedLink()
    return link
  }

  /**
   * Finds the living link that a typed code belongs to. `find` looks it up by its id, which the caller knows: from
   * the browser that asked for the link, or from the link itself. The caller limits how often
   * anyone may try.
   *
   * @throws Refusal as `inspect`; a wrong code is `link_invalid`, also for a used or expired link.
   */
  async inspectCode<L extends StoredLink>(
    { linkId, code }: { linkId: string; code: string },
    purposes: LinkPurpose | readonly LinkPurpose[],
    find: (linkId: string) => Promise<L | null>,
  ): Promise<L> {
    const link = await find(linkId)
    // Compared also where there is no link, so that both take as long.
    if (!this.isCodeOf(linkId, code) || link === null) throw invalidLink()
    return this.#requireLiving(link, purposes)
  }

  /** Computes the code of a link, for the message that brings it. */
  codeOf(linkId: string): Secret<string> {
    return new Secret(linkCode(this.#deps.codeKey, linkId))
  }

  /** Tells whether a code belongs to a link, also one that was used or has expired. */
  isCodeOf(linkId: string, code: string): boolean {
    return isLinkCode(this.#deps.codeKey, linkId, code)
  }

  #requireLiving<L extends StoredLink>(link: L | null, purposes: LinkPurpose | readonly LinkPurpose[]): L {
    if (link === null || ![purposes].flat().some((purpose) => purpose === link.purpose)) throw invalidLink()
    if (link.used) throw usedLink()
    // Written so that a time which cannot be read counts as past.
    if (!(this.#deps.clock() < parseIsoTime(link.expires_at))) {
      throw new Refusal('link_expired', 'This link has expired; please ask for a new one')
    }
    return link
  }
}

function invalidLink(): Refusal {
  return new Refusal('link_invalid', 'This link or code is not valid')
}

function usedLink(): Refusal {
  return new Refusal('link_used', 'This link has been used already; please ask for a new one')
}
