import { expect, expectTypeOf, it } from 'vitest'
import type { EventData, EventType } from '../../src/events/catalogue.ts'
import type { NewEvent, RecordedEvent } from '../../src/events/envelope.ts'

// The types follow from the schemas; what is marked here must not compile, or the type check fails.

const about = { stream: 'user-lusab-babad', subject: 'lusab-babad' }
const userid = 'lusab-babad'

it('gives each event type the data of its schemas', () => {
  expectTypeOf<EventData<'UserActivated'>>().toEqualTypeOf<{ userid: string }>()
  expectTypeOf<EventData<'UserEmailChanged'>>().toEqualTypeOf<{
    userid: string
    verified: boolean
    email: { before: string | null; after: string | null }
  }>()
  expectTypeOf<EventData<'PasswordSet'>>().toEqualTypeOf<{
    userid: string
    set_by: 'owner' | 'other' | null
    password_hash: string
  }>()
  expectTypeOf<'UserPromoted'>().not.toExtend<EventType>()
})

it('does not let wrong data compile', () => {
  const events: NewEvent[] = [
    { type: 'UserActivated', ...about, data: { userid } },
    // @ts-expect-error There is no such event type.
    { type: 'UserPromoted', ...about, data: { userid } },
    // @ts-expect-error A field is missing.
    { type: 'UserEmailVerified', ...about, data: { userid } },
    // @ts-expect-error A field is of another kind.
    { type: 'UserActivated', ...about, data: { userid: 1 } },
    // @ts-expect-error The data is that of another event type.
    { type: 'UserActivated', ...about, data: { kid: 'k1' } },
    // @ts-expect-error A field is unknown.
    { type: 'UserActivated', ...about, data: { userid, reason: 'x' } },
    // @ts-expect-error The reason is not one of the listed.
    { type: 'SessionEnded', ...about, data: { userid, session_id: userid, reason: 'boredom' } },
  ]
  expect(events).toHaveLength(7)
})

it('does not let the data of an erased event be read', () => {
  const readUserid = (event: RecordedEvent) => {
    // @ts-expect-error It is `null` once the person is erased, and differs by type before.
    return event.data.userid
  }
  expect(readUserid).toThrow()
})
