import { afterAll, describe, expect, it } from 'vitest'
import { foldedKey } from '../../src/kernel/name-key.ts'
import { userQueries } from '../../src/projections/users/queries.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'
import { SEED, seeded } from '../support/seeded.ts'

const random = seeded(SEED)
const sql = emptyReadModels()
afterAll(() => sql.close())

interface Person {
  userid: string
  username: string
  email: string | null
}

const LETTERS = ['a', 'b', 'B', 'ä', '😀', '%', '_']
const word = (longest: number) =>
  Array.from({ length: 1 + random.below(longest) }, () => random.pick(LETTERS)).join('')

/** Names and addresses of few letters, so that many begin alike; some share an address, some have none. */
const people: Person[] = []
/** Up to how many matching addresses are sorted by names. */
const SORTED = 500
const insert = sql.prepare(
  `INSERT INTO users (userid, username, email, created_at, updated_at, username_key, email_key, webauthn_user_id)
   VALUES (?, ?, ?, '', '', ?, ?, ?)`,
)
for (const userid of Array.from(
  { length: 2_500 },
  (_, index) => `u${String(index * 7919).padStart(8, '0')}`,
)) {
  const username = word(7)
  if (people.some((person) => foldedKey(person.username) === foldedKey(username))) continue
  const email = random.chance(0.8) ? `${random.chance(0.5) ? username : word(2)}@example.org` : null
  people.push({ userid, username, email })
  insert.run(userid, username, email, foldedKey(username), email && foldedKey(email), userid)
}

const { page } = userQueries(sql)

function search(prefix: string, limit: number) {
  const found: string[] = []
  let after: string | undefined
  do {
    const { items, next } = page({ prefix, limit, after })
    expect(items.length).toBeLessThanOrEqual(limit)
    found.push(...items.map(({ userid }) => userid))
    after = next ?? undefined
  } while (after !== undefined)
  return found
}

const byBytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right))

/**
 * In the order of names. Where more than 500 addresses match: first those by their names, then the others by their
 * addresses, in the order of those.
 */
function expected(prefix: string): string[] {
  const key = foldedKey(prefix)
  const addressed = people.filter(({ email }) => email && foldedKey(email).startsWith(key))
  const few = addressed.length <= SORTED
  const named = people.filter(
    (person) => foldedKey(person.username).startsWith(key) || (few && addressed.includes(person)),
  )
  const mailed = addressed.filter((person) => !named.includes(person))
  named.sort((left, right) => byBytes(foldedKey(left.username), foldedKey(right.username)))
  mailed.sort(
    (left, right) =>
      byBytes(foldedKey(left.email ?? ''), foldedKey(right.email ?? '')) ||
      byBytes(left.userid, right.userid),
  )
  return [...named, ...mailed].map(({ userid }) => userid)
}

describe(`a search for users (seed ${SEED})`, () => {
  const PREFIXES = [
    ...LETTERS,
    'aa',
    'ab',
    'Bä',
    'a@',
    'bb@example',
    'nobody',
    '@',
    'ä😀',
    'a%',
    '\u{10ffff}',
  ]

  it.each(PREFIXES.flatMap((prefix) => [1, 2, 16, 100, 1000].map((limit) => ({ prefix, limit }))))(
    'for $prefix gives everybody once and in order, $limit at a time',
    ({ prefix, limit }) => {
      expect(search(prefix, limit)).toEqual(expected(prefix))
    },
  )

  it('reads each half from one lower bound of an index, and sorts only where few addresses match', () => {
    const prepared: string[] = []
    userQueries({
      prepare: (text) => {
        prepared.push(text)
        return sql.prepare(text)
      },
      exec: (text) => sql.exec(text),
      function: () => undefined,
    })
    const searching = prepared.filter((text) => text.includes('char(0x10ffff)'))
    expect(searching).toHaveLength(5)
    for (const text of searching) {
      const values = text.match(/\?/g)?.map((_, index) => (index === 3 ? 1 : 'a')) ?? []
      const steps = sql.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values) as { detail: string }[]
      const others = steps.map(({ detail }) => detail)
      const first = others.find((step) => step.startsWith('SEARCH'))
      expect(first).toMatch(/^SEARCH users USING (?:COVERING )?INDEX \S+ \(.+>.* AND .+<\?\)$/)
      const sorts = others.some((step) => step === 'USE TEMP B-TREE FOR ORDER BY')
      expect(sorts).toBe(text.includes('+username_key'))
    }
  })

  it('looks at a bounded number of addresses at a time, however many of them were found by name before', () => {
    for (let index = 0; index < 600; index += 1) {
      const name = `zz${String(index).padStart(4, '0')}`
      insert.run(`z${index}`, name, `${name}@example.org`, name, `${name}@example.org`, name)
    }
    insert.run('last', 'somebody', 'zzz@example.org', 'somebody', 'zzz@example.org', 'last')
    const pages: number[] = []
    let after: string | undefined
    do {
      const { items, next } = page({ prefix: 'zz', limit: 100, after })
      pages.push(items.length)
      after = next ?? undefined
    } while (after !== undefined)
    expect(pages.slice(0, 5)).toEqual([100, 100, 100, 100, 100])
    expect(pages.reduce((sum, length) => sum + length, 0)).toBe(601)
    expect(pages.length).toBeGreaterThan(6)
  })
})
