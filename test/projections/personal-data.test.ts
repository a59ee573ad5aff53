import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CURRENT_EVENTS } from '../../src/events/catalogue.ts'
import type { RecordedEvent } from '../../src/events/envelope.ts'
import { readEvent } from '../../src/events/payload.ts'
import { COMMON_FIELDS, sealedValues, searchableTraces } from '../../src/events/traces.ts'
import { READ_MODEL_TABLES } from '../../src/projections/catalogue.ts'
import { personalDataQueries } from '../../src/projections/personal-data/queries.ts'
import { createUndigestedProjector } from '../../src/projections/projector.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'

const BEFORE = '2030-01-01T00:00:00.000Z'

describe('what living people hold', () => {
  const sql = emptyReadModels()
  sql.exec(`
    INSERT INTO users (userid, username, given_name, created_at, updated_at, username_key, webauthn_user_id)
      VALUES ('lusab-babad', 'ada', 'Ünï', '${BEFORE}', '${BEFORE}', 'ada', 'handle');
    INSERT INTO webauthn_credentials (user_id, credential_id, public_key, device_name, created_at)
      VALUES ('lusab-babad', x'0102030405', x'ff00ff00', 'Phone of Ada', '${BEFORE}');
    INSERT INTO password_credentials (user_id, password_hash, created_at) VALUES ('lusab-babad', '$argon2id$v=19$rest', '${BEFORE}');
    INSERT INTO sessions (session_id, userid, amr, address, device_name, started_at, expires_at)
      VALUES ('s', 'lusab-babad', '[]', '192.0.2.1', 'Laptop', '${BEFORE}', '${BEFORE}');
    INSERT INTO magic_links (token, username, note, expires_at, link_id, purpose, created_at, username_key, email, browser_hash)
      VALUES ('0123456789abcdef', 'grace', 'for Grace', '${BEFORE}', 'l', 'invitation', '${BEFORE}', 'grace',
        'grace@mail.example', 'fedcba9876543210');
  `)
  const { isHeld } = personalDataQueries(sql)

  it.each([
    'ada',
    'Ünï',
    'handle',
    'Phone of',
    '$argon2id$v=',
    '192.0.2.1',
    'Laptop',
    'grace',
    'for Grace',
    'grace@mail',
    'fedcba98',
    '89abcdef',
  ])('is found by a part of it: %s', (text) => expect(isHeld(Buffer.from(text))).toBe(true))

  it('is found by bytes, also such that are no text', () => {
    expect(isHeld(Buffer.from([2, 3, 4]))).toBe(true)
    expect(isHeld(Buffer.from([0xff, 0, 0xff]))).toBe(true)
    expect(isHeld(Buffer.from('Ü').subarray(1))).toBe(true)
  })

  it('is nothing else: no other text, no two values that meet', () => {
    for (const text of ['Adb', 'adaÜnï', 'gracefor']) expect(isHeld(Buffer.from(text))).toBe(false)
    expect(isHeld(Buffer.from([2, 4]))).toBe(false)
  })
})

// What an erasure must not take for a trace of the erased person is what a table holds of somebody else. Every field that
// an event marks as personal or secret, and that a table keeps, therefore has to be among the columns that are searched.
describe('every personal field of an event that a table keeps', () => {
  const example = (type: string, version: number): RecordedEvent => {
    const file = new URL(`../fixtures/events/${type}@${version}.json`, import.meta.url)
    const { data, ...header } = JSON.parse(readFileSync(file, 'utf8'))
    return readEvent(header, data)
  }
  // An application is no person, so the search of an erasure has no use for its secret.
  const cases = CURRENT_EVENTS.filter(({ sealed, stream }) => sealed && stream !== 'client')
  const opening = [example('UserRegistered', 1), example('PasskeyRegistered', 2)]

  it.each(cases)('is found where it is kept: $type', ({ type, version }) => {
    const sql = emptyReadModels()
    const projector = createUndigestedProjector(sql)
    const event = example(type, version)
    const before = type === 'UserRegistered' ? [] : opening.filter((earlier) => earlier.type !== type)
    for (const earlier of [...before, event]) projector.apply(earlier)
    const kept = Buffer.concat(
      Object.keys(READ_MODEL_TABLES)
        .flatMap((table) => sql.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[])
        .flatMap((row) => Object.values(row))
        .filter((value) => typeof value === 'string' || value instanceof Uint8Array)
        .map((value) => Buffer.from(value as string | Uint8Array)),
    )
    const { isHeld } = personalDataQueries(sql)
    for (const value of sealedValues(event)) {
      if (COMMON_FIELDS.has(value.field)) continue
      for (const trace of searchableTraces([value])) {
        expect(isHeld(trace), value.field).toBe(kept.includes(Buffer.from(trace)))
      }
    }
  })
})
