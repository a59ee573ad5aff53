import type { EventData, EventType } from './catalogue.ts'

/** Names the stream of a user. */
export const userStream = (userid: string) => `user-${userid}`
/** Names the user of a stream, `null` when it is not one of a user. */
export const userOfStream = (stream: string) =>
  stream.startsWith('user-') ? stream.slice('user-'.length) : null
/** Names the stream of a magic link. */
export const linkStream = (linkId: string) => `link-${linkId}`
/** Names the stream of a client. */
export const clientStream = (clientId: string) => `client-${clientId}`
/** Names the stream of a signing key. */
export const keyStream = (kid: string) => `key-${kid}`

type Closing = { [T in EventType]: { type: T; data: EventData<T> } }[EventType]

/** The types of the events that end a stream permanently. */
export const CLOSING_EVENTS: readonly string[] = [
  'UserErased',
  'MagicLinkPurged',
  'LossAccepted',
] satisfies EventType[]

/** Lists the streams that an event ends permanently: their keys are destroyed and nothing more is appended to them. */
export function closedStreams(event: Closing): string[] {
  switch (event.type) {
    case 'UserErased':
      return [userStream(event.data.userid), ...event.data.link_ids.map(linkStream)]
    case 'MagicLinkPurged':
      return [linkStream(event.data.link_id)]
    case 'LossAccepted':
      return event.data.lost_streams
    default:
      return []
  }
}
