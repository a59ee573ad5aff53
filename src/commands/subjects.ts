import { clientStream, keyStream, linkStream, userStream } from '../events/streams.ts'

/** Addresses an event to a user: its stream and its subject. */
export const ofUser = (userid: string) => ({ stream: userStream(userid), subject: userid })

/** Addresses an event to a link; its subject is the link's user, or the link itself while it has none. */
export const ofLink = (linkId: string, userid: string | null) => ({
  stream: linkStream(linkId),
  subject: userid ?? linkId,
})

/** Addresses an event to a client. */
export const ofClient = (clientId: string) => ({ stream: clientStream(clientId), subject: clientId })

/** Addresses an event to a signing key. */
export const ofKey = (kid: string) => ({ stream: keyStream(kid), subject: kid })
