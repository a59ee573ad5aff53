import { foldedKey } from '../../kernel/name-key.ts'
import type { SqlConnection } from '../../kernel/sql.ts'

/** What a search reads of every user, besides what it shows. */
export interface FoundRow {
  userid: string
  username_key: string
  email_key: string | null
}

/** A page of results, and the cursor of the next; a short page may have a next one. */
export interface Found<T> {
  rows: T[]
  next: string | null
}

/** Up to how many matching addresses are sorted by the names of their users, on the first page and on later ones. */
const SORTED = 500
const SORTED_LATER = 10 * SORTED

/** How many addresses one step reads at least. */
const LEAST_ADDRESSES = 32

/** Begins the cursors of a search that goes through the names, then through the addresses. No name has it. */
const IN_TURN = '\u0000'
const OF_NAMES = `${IN_TURN}n`
const OF_ADDRESSES = `${IN_TURN}e`

/**
 * Finds users whose name or address begins with a text, in the order of their names. Where so many addresses match that
 * sorting them would take long, those found by their addresses only come after the others, in the order of addresses.
 * So each step reads a bounded part of an index, also for a letter that everybody begins with.
 *
 * @param select the beginning of a statement, with the columns of `FoundRow`.
 */
export function userSearch<T extends FoundRow>(sql: SqlConnection, select: string) {
  const named = (bound: string) =>
    sql.prepare(
      `${select} WHERE username_key ${bound} ? AND username_key < ? || char(0x10ffff) ORDER BY username_key LIMIT ?`,
    )
  const namedFrom = named('>=')
  const namedAfter = named('>')
  // The plus keeps SQLite from reading everybody in the order of names.
  const addressedSorted = sql.prepare(
    `${select} WHERE email_key >= ? AND email_key < ? || char(0x10ffff) AND +username_key > ?
     ORDER BY username_key LIMIT ?`,
  )
  const addressed = sql.prepare(
    `${select} WHERE email_key IS NOT NULL AND (email_key, userid) > (?, ?) AND email_key < ? || char(0x10ffff)
     ORDER BY email_key, userid LIMIT ?`,
  )
  const countAddressed = sql
    .prepare(
      `SELECT count(*) FROM (SELECT 1 FROM users WHERE email_key >= ? AND email_key < ? || char(0x10ffff) LIMIT ?)`,
    )
    .pluck()

  const byName = (prefix: string, after: string, limit: number): T[] => {
    const beyond = compareBytes(after, prefix) >= 0
    return (beyond ? namedAfter : namedFrom).all(beyond ? after : prefix, prefix, limit) as T[]
  }

  /** The first ones of both halves together are the first ones of all. */
  const merged = (prefix: string, after: string, limit: number): Found<T> => {
    const addresses = addressedSorted.all(prefix, prefix, after, limit + 1) as T[]
    const byKey = new Map(
      [...byName(prefix, after, limit + 1), ...addresses].map((row) => [row.username_key, row]),
    )
    const rows = [...byKey.values()].sort((left, right) =>
      compareBytes(left.username_key, right.username_key),
    )
    const page = rows.slice(0, limit)
    return { rows: page, next: rows.length > limit ? (page.at(-1)?.username_key ?? null) : null }
  }

  /** Those whose names begin with it too were found before, and are left out. */
  const byAddress = (prefix: string, after: string, limit: number): Found<T> => {
    const [address = '', userid = ''] = after.split(IN_TURN)
    const looked = Math.max(limit, LEAST_ADDRESSES) + 1
    const read = addressed.all(address || prefix, userid, prefix, looked) as T[]
    const rows = read.slice(0, looked - 1)
    const others = rows.filter((row) => !row.username_key.startsWith(prefix))
    const page = others.slice(0, limit)
    const ends = others.length <= limit && read.length < looked
    const last = others.length > limit ? page.at(-1) : rows.at(-1)
    return {
      rows: page,
      next: ends || !last ? null : `${OF_ADDRESSES}${last.email_key}${IN_TURN}${last.userid}`,
    }
  }

  const inTurn = (prefix: string, after: string, limit: number): Found<T> => {
    if (after.startsWith(OF_ADDRESSES)) return byAddress(prefix, after.slice(OF_ADDRESSES.length), limit)
    const name = after.startsWith(OF_NAMES) ? after.slice(OF_NAMES.length) : after
    const names = byName(prefix, name, limit)
    // Whether any address follows is seen on the next page, which may be empty.
    if (names.length === limit) return { rows: names, next: `${OF_NAMES}${names.at(-1)?.username_key ?? ''}` }
    const { rows, next } = byAddress(prefix, '', limit - names.length)
    return { rows: [...names, ...rows], next }
  }

  return (text: string, after: string, limit: number): Found<T> => {
    const prefix = foldedKey(text)
    if (after.startsWith(IN_TURN)) return inTurn(prefix, after, limit)
    const most = after === '' ? SORTED : SORTED_LATER
    const many = (countAddressed.get(prefix, prefix, most + 1) as number) > most
    return (many ? inTurn : merged)(prefix, after, limit)
  }
}

/** Compares as SQLite does: by the bytes of UTF-8, which is not the order of JavaScript beyond the basic plane. */
function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
