import { LINK_PURPOSES, type LinkPurpose } from '../../src/events/magic-link.ts'
import { isoTime } from '../../src/kernel/clock.ts'
import { encodeProquint } from '../../src/kernel/proquint.ts'
import { tokenHash } from '../../src/kernel/random.ts'
import type { Views } from '../../src/projections/views.ts'
import type { Dice } from './dice.ts'

// Everything is chosen from few, so that commands meet: names are taken and freed, links used twice, people
// erased and their names given to others.

export const numbered = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))
export const HOUR = 3_600_000

export const USERIDS = numbered(40, (index) => encodeProquint(0x7f000001 + index))
export const USERNAMES = ['ada', 'Ada', 'bob', 'ﬁne', 'fine', ...numbered(12, (index) => `user${index}`)]
export const EMAILS = ['ada@mail.example', 'ADA@mail.example', 'bob@mail.example']
export const CREDENTIALS = numbered(4, (index) => Buffer.from(`credential ${index}`).toString('base64url'))
export const PUBLIC_KEY = Buffer.from('public key').toString('base64url')
export const HANDLE = Buffer.alloc(32, 7).toString('base64url')
export const HASHES = numbered(3, (index) => `$argon2id$v=19$m=19456,t=2,p=1$salt$${index}`)
export const TOKENS = numbered(8, (index) => tokenHash(`token ${index}`))
export const SECRETS = numbered(2, (index) => tokenHash(`secret ${index}`))
export const uuid = (index: number) => `01900000-0000-7000-8000-${String(index).padStart(12, '0')}`
export const LINK_IDS = numbered(20, uuid)
export const SESSIONS = numbered(12, (index) => uuid(100 + index))
export const CLIENTS = ['console', 'shop']
export const KIDS = ['k1', 'k2', 'k3']
export const GROUPS = ['admin', 'staff', 'ops']
export const NAMES = ['Ada', 'Ada Lovelace', 'Ünï çødé ☃', 'o\'brien"; --']
export const PICTURES = ['https://pictures.example/1.png']
export const NUMBERS = ['+41 44 123 45 67', '+1 555 0100']
export const LOCALES = ['de-CH', 'fr']
export const PURPOSES = LINK_PURPOSES
export const URIS = ['https://app.example/cb', 'http://localhost:3000/cb', 'com.example.app:/cb']
export const DEVICES = ['', 'Phone', 'Laptop']
export const REASONS = ['signed_out', 'administrator', 'user', 'token_reuse'] as const

/** What there is to choose from: mostly what exists, and now and then what does not. */
export interface World {
  someone(): string
  /** An id that was nobody's so far. */
  newcomer(): string
  /** A person with the name that the person has. */
  named(): { userid: string; username: string }
  /** A token of a link for one of these purposes. */
  token(...purposes: LinkPurpose[]): string
  /** A purpose for which there is a link that can be used. */
  purpose(): LinkPurpose
  link(): string
  session(): string
  /** A user with a passkey of the user's. */
  holder(): { userid: string; credential_id: string }
  client(): string
  /** A time from now. */
  inTime(milliseconds: number): string
}

/** Looks at what exists at the time `now`. */
export function openWorld(dice: Dice, views: Views, now: number): World {
  const mostly = <T>(existing: readonly T[], any: readonly T[]): T =>
    existing.length === 0 || dice.chance(6) ? dice.pick(any) : dice.pick(existing)
  const people: { userid: string; username: string }[] = views.users.list(0, 100)
  const unused = USERIDS.filter((userid) => views.streams.get(`user-${userid}`) === null)
  const users = people.map(({ userid }) => userid)
  const links = views.magicLinks.page({ limit: 100 }).items
  const usable = links.filter((link) => !link.used && !link.revoked && link.expires_at > isoTime(now))
  const sessions = () => users.flatMap((userid) => views.sessions.ofUser(userid))
  const someone = () => mostly(users, USERIDS)
  return {
    someone,
    newcomer: () => mostly(unused.slice(0, 1), USERIDS),
    named: () => mostly(people, [{ userid: dice.pick(USERIDS), username: dice.pick(USERNAMES) }]),
    purpose: () =>
      mostly(
        usable.map(({ purpose }) => purpose),
        PURPOSES,
      ),
    token: (...purposes) => {
      const fitting = usable.filter((link) => purposes.includes(link.purpose))
      return mostly(
        fitting.map(({ token }) => token),
        TOKENS,
      )
    },
    link: () =>
      mostly(
        links.map(({ link_id }) => link_id),
        LINK_IDS,
      ),
    session: () =>
      mostly(
        sessions().map(({ session_id }) => session_id),
        SESSIONS,
      ),
    holder: () => {
      const userid = someone()
      const own = views.credentials.passkeysOf(userid)
      const ids = own.map(({ credential_id }) => Buffer.from(credential_id).toString('base64url'))
      return { userid, credential_id: mostly(ids, CREDENTIALS) }
    },
    client: () =>
      mostly(
        views.clients.page({ limit: 9 }).items.map(({ client_id }) => client_id),
        CLIENTS,
      ),
    inTime: (milliseconds) => isoTime(now + milliseconds),
  }
}
