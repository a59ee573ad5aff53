import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isoTime, systemClock } from '../src/kernel/clock.ts'
import { openForReading, openForWriting } from '../src/log/sqlite/database.ts'
import { migrate } from '../src/log/sqlite/migrate.ts'
import { userQueries } from '../src/projections/users/queries.ts'
import { quantile } from './callers.ts'

const USERS = Number(process.env.COUNTERSIGN_BENCH_USERS ?? 1_000_000)
const LIMIT = 100
const TIMES = 20

/** What people type: a beginning of all names, of all addresses only, of some, of one, of none. */
const PREFIXES = ['p', 'person-', 'person-9', 'person-777777', 'm', 'mail-5', 'q', 'a']

/** Measures the first page of a search for users, in milliseconds, on the connection that serves requests. */
export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-'))
  try {
    const path = join(directory, 'oidc_op.db')
    fillUsers(path)
    const db = openForReading(path)
    const { page } = userQueries(db)
    const slowest: Record<string, number> = {}
    for (const prefix of PREFIXES)
      slowest[prefix] = quantile(
        timesOf(() => page({ prefix, limit: LIMIT })),
        1,
      )
    db.close()
    return { users: USERS, limit: LIMIT, slowest_first_page_ms: slowest }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function timesOf(work: () => unknown): number[] {
  return Array.from({ length: TIMES }, () => {
    const begun = performance.now()
    work()
    return performance.now() - begun
  })
}

/** Half of the addresses begin like the name, half otherwise, in an order that has nothing to do with the names. */
function fillUsers(path: string): void {
  const db = openForWriting(path, 'NORMAL')
  migrate(db, isoTime(systemClock()))
  db.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?),
       people (n, name, address) AS (
         SELECT n, 'person-' || n,
           CASE n % 2 WHEN 0 THEN 'person-' || n ELSE 'mail-' || (n * 7919 % 1000003) END || '@example.org'
         FROM numbers)
     INSERT INTO users (userid, username, email, created_at, updated_at, username_key, email_key, webauthn_user_id)
     SELECT 'user-' || n, name, address, '2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z', name, address, n
     FROM people`,
  ).run(USERS)
  db.close()
}
