import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CURRENT_EVENTS, currentDefinition, PAST_EVENTS, upcast } from '../../src/events/catalogue.ts'
import type { AnyEventDefinition } from '../../src/events/definition.ts'
import type { EventHeader } from '../../src/events/envelope.ts'
import { auditData, decodeEvent, encodePayload } from '../../src/events/payload.ts'
import { cipherKey } from '../../src/events/sealing.ts'
import { closedStreams } from '../../src/events/streams.ts'

// One stored example of every version of every event type, written once and never changed: whatever the schemas
// become, a log that holds these must stay readable.

type Example = EventHeader & { data: Record<string, unknown> }

const folder = new URL('../fixtures/events/', import.meta.url)
const LOG = '01893d00-0000-7000-8000-000000000000'
const KEY = cipherKey(new Uint8Array(32).fill(1))
const IV = new Uint8Array(12).fill(2)

const definitions: readonly AnyEventDefinition[] = [
  ...CURRENT_EVENTS,
  ...PAST_EVENTS.map(({ definition }) => definition),
]
const nameOf = ({ type, version }: AnyEventDefinition) => `${type}@${version}`
const cases = definitions.map((definition) => ({ name: nameOf(definition), definition }))

const read = (name: string): Example => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))

function encode(definition: AnyEventDefinition, { data, ...header }: Example) {
  const key = definition.sealed ? KEY : null
  return { ...header, payload: encodePayload(definition, data, header, { log: LOG, key, iv: key && IV }) }
}

describe('the stored examples', () => {
  it('are one for every version of every event type, and no others', () => {
    expect(readdirSync(folder).sort()).toEqual(cases.map(({ name }) => `${name}.json`).sort())
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  it.each(cases)(
    '$name is what its name says, in the stream and under the key of its subject',
    ({ definition, name }) => {
      const example = read(name)
      expect(`${example.type}@${example.schema_version}`).toBe(name)
      expect(example.stream).toMatch(
        definition.stream === 'log' ? /^log$/ : new RegExp(`^${definition.stream}-.`),
      )
      expect(example.key_id !== null).toBe(definition.sealed)
    },
  )

  it.each(cases)('$name fits its schema, in every field', ({ definition, name }) => {
    const { data } = read(name)
    expect(() => definition.data.parse(data)).not.toThrow()
    const fields = [definition.open, definition.personal, definition.secret].flatMap(({ shape }) =>
      Object.keys(shape),
    )
    expect(Object.keys(data).sort()).toEqual(fields.sort())
    expect(() => definition.data.parse({ ...data, surprise: 1 })).toThrow()
    for (const field of fields) {
      const { [field]: _, ...rest } = data
      expect(() => definition.data.parse(rest), `without ${field}`).toThrow()
    }
  })

  it.each(cases)('$name is brought up to the current version', ({ name }) => {
    const { type, schema_version, data } = read(name)
    const current = currentDefinition(type)!
    const upcasted = upcast(type, schema_version, data) as Record<string, unknown>
    expect(() => current.data.parse(upcasted)).not.toThrow()
    if (schema_version === current.version) expect(upcasted).toStrictEqual(data)
  })

  it.each(cases)('$name comes back from the log as it went in', ({ definition, name }) => {
    const example = read(name)
    const stored = encode(definition, example)
    const { data, ...header } = example
    const recorded = decodeEvent(stored, LOG, header.key_id === null ? null : KEY)
    expect(recorded).toStrictEqual({
      ...header,
      erased: false,
      data: upcast(header.type, header.schema_version, data),
    })
  })

  it.each(cases.filter(({ definition }) => definition.sealed))(
    '$name keeps what is personal or secret out of the open text, and loses it with the key',
    ({ definition, name }) => {
      const example = read(name)
      const stored = encode(definition, example)
      const open = Object.keys(definition.open.shape)
      expect(Object.keys(JSON.parse(stored.payload)).sort()).toEqual([...open, 'sealed'].sort())
      const { data: _, ...header } = example
      const recorded = decodeEvent(stored, LOG, null)
      expect(recorded).toStrictEqual({ ...header, erased: true, data: null })
      expect(auditData(recorded)).toStrictEqual({ erased: true })
    },
  )

  it.each(cases)('$name shows no secret in the audit trail', ({ definition, name }) => {
    const example = read(name)
    const recorded = decodeEvent(encode(definition, example), LOG, KEY)
    const secrets = Object.keys(definition.secret.shape)
    const expected = { ...(upcast(example.type, example.schema_version, example.data) as Example['data']) }
    for (const secret of secrets) delete expected[secret]
    expect(auditData(recorded)).toStrictEqual(expected)
  })

  it.each(cases.filter(({ definition }) => definition.sealed))(
    '$name does not open under another key, in another log, or in another place',
    ({ definition, name }) => {
      const stored = encode(definition, read(name))
      expect(() => decodeEvent(stored, LOG, cipherKey(new Uint8Array(32).fill(9)))).toThrow()
      expect(() => decodeEvent(stored, 'another log', KEY)).toThrow()
      for (const place of ['id', 'stream', 'key_id'] as const) {
        expect(() => decodeEvent({ ...stored, [place]: `${stored[place]}x` }, LOG, KEY), place).toThrow()
      }
    },
  )
})

describe('UserProfileChanged@1', () => {
  it('becomes changes from an unknown past', () => {
    const { type, schema_version, data } = read('UserProfileChanged@1')
    expect(upcast(type, schema_version, data)).toStrictEqual({
      userid: 'lusab-babad',
      changes: {
        given_name: { before: null, after: 'Augusta' },
        nickname: { before: null, after: null },
        phone_number_verified: { before: null, after: false },
      },
    })
  })
})

describe('the events that end a stream', () => {
  it('are an erasure, with the person and the links, a link that is cleared away, and an accepted loss of keys', () => {
    const link = '01893d2a-7c00-7aaa-8aaa-0123456789ab'
    const ends = CURRENT_EVENTS.map(({ type, version }) => {
      const { data } = read(`${type}@${version}`)
      return [type, closedStreams({ type, data } as Parameters<typeof closedStreams>[0])] as const
    }).filter(([, streams]) => streams.length > 0)
    expect(ends).toEqual([
      ['UserErased', ['user-lusab-babad', `link-${link}`]],
      ['MagicLinkPurged', [`link-${link}`]],
      ['LossAccepted', ['user-lusab-babad', 'link-01893d30-0000-7000-8000-000000000099']],
    ])
  })
})

describe('the catalogue', () => {
  it('has a step from every past version to the current one', () => {
    for (const { type, version } of CURRENT_EVENTS) {
      const past = PAST_EVENTS.filter(({ definition }) => definition.type === type).map(
        (entry) => entry.definition.version,
      )
      expect(past, type).toEqual(Array.from({ length: version - 1 }, (_, index) => index + 1))
    }
  })

  it('refuses to guess a step that is missing, and types that it does not know', () => {
    expect(() => upcast('UserProfileChanged', 0, {})).toThrow('No upcast from UserProfileChanged@0')
    const unknown = {
      ...encode(currentDefinition('UserActivated')!, read('UserActivated@1')),
      type: 'UserPromoted',
    }
    expect(() => decodeEvent(unknown, LOG, null)).toThrow(
      'Event 107 is of type UserPromoted, which this program does not know',
    )
  })
})
