import type { LinkPurpose } from '../../events/magic-link.ts'
import { isoTime, parseIsoTime } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { tokenHash } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Views } from '../../projections/views.ts'

/** What a link is made from. `token` is what the link carries, never its hash; `expires_at` is ISO 8601. */
export type NewMagicLink = Pick<MagicLink, 'token' | 'username' | 'expires_at'> &
  Partial<Pick<MagicLink, 'created_by' | 'note' | 'purpose' | 'groups'>>

/** A link as it goes to the command: with the hash in place of the token. */
export type IssuedLink = Pick<MagicLink, 'link_id' | 'username' | 'expires_at' | 'userid' | 'purpose'> &
  Partial<Pick<MagicLink, 'created_by' | 'note' | 'groups'>> & { token_hash: string }

/** The commands that the repository submits: each leaves an event, or refuses. */
export interface MagicLinkCommands {
  issue(link: IssuedLink): Promise<unknown>
  use(tokenHash: string, purpose: LinkPurpose): Promise<unknown>
  /** Removes expired links, at most `limit`; answers how many. */
  purge(limit: number): Promise<number>
}

const PURGED_AT_ONCE = 500

const NOT_USABLE: ReadonlySet<string> = new Set(['link_used', 'link_expired', 'link_invalid'])

/** The links: callers name them by the token itself, of which only the SHA-256 is ever stored. */
export class MagicLinkRepository {
  readonly #views: Pick<Views, 'users' | 'magicLinks'>
  readonly #commands: MagicLinkCommands

  constructor(views: Pick<Views, 'users' | 'magicLinks'>, commands: MagicLinkCommands) {
    this.#views = views
    this.#commands = commands
  }

  /**
   * Makes a link. By default it signs in a user who exists and invites one who does not.
   *
   * @throws DuplicateError on a known token; Refusal `invalid_input` when the end is no time or has passed.
   */
  async create(link: NewMagicLink): Promise<MagicLink> {
    const { token, purpose, expires_at, ...rest } = link
    const holder = this.#views.users.holderOfUsername(link.username)
    const opensAccount = purpose === 'invitation' || purpose === 'claim'
    const userid = opensAccount ? null : holder
    const end = parseIsoTime(expires_at)
    if (Number.isNaN(end)) throw new Refusal('invalid_input', 'expires_at must be an ISO 8601 time')
    await this.#commands.issue({
      ...rest,
      link_id: newId(),
      token_hash: tokenHash(token),
      expires_at: isoTime(end),
      userid,
      purpose: purpose ?? (holder === null ? 'invitation' : 'sign_in'),
    })
    const held = await this.getByToken(token)
    if (!held) throw new Refusal('not_found', 'The link was cleared away in the meantime')
    return held
  }

  /** Finds a link, also a used or expired one; the answer has the token in place of its hash. */
  async getByToken(token: string): Promise<MagicLink | null> {
    const link = this.#views.magicLinks.byTokenHash(tokenHash(token))
    return link && { ...link, token }
  }

  /** Uses a link up: `true` for exactly one caller; `false` when it is unknown, withdrawn, used or expired. */
  async markUsed(token: string): Promise<boolean> {
    const link = await this.getByToken(token)
    if (!link) return false
    try {
      await this.#commands.use(tokenHash(token), link.purpose)
      return true
    } catch (error) {
      if (error instanceof Refusal && NOT_USABLE.has(error.code)) return false
      throw error
    }
  }

  /** Removes every expired link; answers how many. */
  async deleteExpired(): Promise<number> {
    let total = 0
    for (;;) {
      const purged = await this.#commands.purge(PURGED_AT_ONCE)
      total += purged
      if (purged < PURGED_AT_ONCE) return total
    }
  }
}
