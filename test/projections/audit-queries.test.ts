import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventHeader } from '../../src/events/envelope.ts'
import { keepGoing } from '../../src/kernel/loop-share.ts'
import { audit } from '../../src/projections/audit/project.ts'
import { type AuditFilter, auditQueries } from '../../src/projections/audit/queries.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'
import { SEED } from '../support/seeded.ts'

type Entry = Pick<EventHeader, 'time' | 'type' | 'stream' | 'subject' | 'actor_id' | 'client'>

const ABSENT = { request: null, session: null, flow: null, correlation: null, causation: null, key_id: null }

/** The trail after these entries, numbered as they come. */
function trailOf(entries: readonly Entry[]) {
  const sql = emptyReadModels()
  const { everyEvent } = audit.handlers(sql)
  const headers = entries.map((entry, index): EventHeader => {
    const sequence = index + 1
    const made = {
      id: `e${sequence}`,
      command: `c${sequence}`,
      actor_kind: 'user',
      schema_version: 1,
    } as const
    return { ...ABSENT, ...entry, ...made, sequence, position: sequence, version: sequence }
  })
  for (const header of headers) everyEvent?.(header)
  const { find, findInSteps } = auditQueries(sql)
  return { sql, headers, find, findInSteps }
}

/** The same by reading everything. */
function foundByHand(headers: readonly EventHeader[], filter: AuditFilter): number[] {
  const { after, types, subject, actor, client, from, to, order, limit } = filter
  const found = headers.filter(
    (header) =>
      (after === undefined || (order === 'desc' ? header.sequence < after : header.sequence > after)) &&
      (!types?.length || types.includes(header.type)) &&
      (subject === undefined || header.subject === subject || header.stream === `user-${subject}`) &&
      (actor === undefined || header.actor_id === actor) &&
      (client === undefined || header.client === client) &&
      (from === undefined || header.time >= from) &&
      (to === undefined || header.time < to),
  )
  const sequences = found.map(({ sequence }) => sequence)
  return (order === 'desc' ? sequences.reverse() : sequences).slice(0, limit)
}

const LONG = 150_000

const minute = (n: number) => new Date(Date.UTC(2030, 0, 1, 0, n)).toISOString()
const time = fc.integer({ min: 0, max: 40 }).map(minute)
const name = fc.constantFrom('ada', 'bob', 'cy')
const type = fc.constantFrom('SignInSucceeded', 'SessionEnded', 'UserRegistered')
const client = fc.option(fc.constantFrom('app', 'web'))
const entry: fc.Arbitrary<Entry> = fc
  .record({ time, type, actor_id: name, client, owner: name, subject: fc.option(name) })
  .map(({ owner, ...rest }) => ({ ...rest, stream: `user-${owner}` }))
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const filter: fc.Arbitrary<AuditFilter> = fc.record({
  after: maybe(fc.integer({ min: 0, max: 60 })),
  types: maybe(fc.uniqueArray(type)),
  subject: maybe(name),
  actor: maybe(name),
  client: maybe(fc.constantFrom('app', 'web')),
  from: maybe(time),
  to: maybe(time),
  order: maybe(fc.constantFrom('asc' as const, 'desc' as const)),
  limit: fc.integer({ min: 1, max: 60 }),
})

describe('asking the audit trail', () => {
  it(`finds what reading everything finds, also in steps and where clocks were set back (seed ${SEED})`, async () => {
    const check = async (entries: Entry[], filters: AuditFilter[]) => {
      const { sql, headers, find, findInSteps } = trailOf(entries)
      for (const asked of filters) {
        const byHand = foundByHand(headers, asked)
        expect(find(asked)).toEqual(byHand)
        for (const steps of [undefined, { first: 1, most: 1 }, { first: 2, most: 16 }]) {
          expect(await findInSteps(asked, headers.length, keepGoing, steps)).toEqual(byHand)
        }
      }
      sql.close()
    }
    const property = fc.asyncProperty(
      fc.array(entry, { maxLength: 50 }),
      fc.array(filter, { minLength: 20, maxLength: 20 }),
      check,
    )
    await fc.assert(property, { seed: SEED, numRuns: 60 })
  })

  it.each([
    ['asc', { types: ['SignInSucceeded'], actor: 'cli' }],
    ['desc', { types: ['SignInSucceeded'], actor: 'cli' }],
    ['asc', { types: ['SignInSucceeded'], client: 'web' }],
  ] as const)('gives way while it looks at much that matches only in part: %s %j', async (order, asked) => {
    const { sql, findInSteps } = trailOf([])
    // Half of all are sign-ins by nobody of the command line, half are other things by the command line.
    sql.exec(`INSERT INTO audit_entries (sequence, time, type, stream, version, key_id, subject, actor, client, high)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LONG})
      SELECT i, '2030-01-01', iif(i % 2, 'SignInSucceeded', 'UserRegistered'), 's' || i, 1, NULL, NULL,
        iif(i % 2, 'ada', 'cli'), iif(i % 2, NULL, 'web'), NULL FROM n`)
    let gaveWay = 0
    const giveWay = () => {
      gaveWay += 1
      return null
    }
    expect(await findInSteps({ ...asked, order, limit: 10 }, LONG, giveWay)).toStrictEqual([])
    expect(gaveWay).toBeGreaterThan(LONG / 32_768)
    sql.close()
  })

  it('notes how far the log had come only where an event is late', () => {
    const at = (n: number): Entry => ({
      time: minute(n),
      type: 'SignInSucceeded',
      stream: 'user-ada',
      subject: 'ada',
      actor_id: 'ada',
      client: null,
    })
    const { sql } = trailOf([at(1), at(5), at(3), at(5), at(6)])
    expect(sql.prepare('SELECT high FROM audit_entries ORDER BY sequence').pluck().all()).toEqual([
      null,
      null,
      minute(5),
      null,
      null,
    ])
  })
})
