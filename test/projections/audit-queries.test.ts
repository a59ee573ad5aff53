import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventHeader } from '../../src/events/envelope.ts'
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
  return { sql, headers, find: auditQueries(sql).find }
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
  it(`finds what reading everything finds, also where clocks were set back (seed ${SEED})`, () => {
    const check = (entries: Entry[], filters: AuditFilter[]) => {
      const { sql, headers, find } = trailOf(entries)
      for (const asked of filters) expect(find(asked)).toEqual(foundByHand(headers, asked))
      sql.close()
    }
    const property = fc.property(
      fc.array(entry, { maxLength: 50 }),
      fc.array(filter, { minLength: 20, maxLength: 20 }),
      check,
    )
    fc.assert(property, { seed: SEED, numRuns: 60 })
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
