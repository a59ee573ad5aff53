import { CURRENT_EVENTS, type EventData, type EventType } from '../../src/events/catalogue.ts'
import type { EventHeader, NewEvent } from '../../src/events/envelope.ts'
import { clientStream, closedStreams, keyStream, linkStream, userStream } from '../../src/events/streams.ts'
import { isoTime } from '../../src/kernel/clock.ts'
import { foldedKey } from '../../src/kernel/name-key.ts'
import { encodeProquint } from '../../src/kernel/proquint.ts'
import type { Dice } from './dice.ts'
import { sample } from './sample.ts'

/** An event in a history; `sealedBy` names the stream whose key would open it, `null` when it is all open. */
export interface HistoryEvent {
  header: EventHeader
  data: NewEvent['data']
  sealedBy: string | null
}

const uuid = (index: number) => `01900000-0000-7000-9000-${String(index).padStart(12, '0')}`

interface Person {
  username: string
  email: string | null
  verified: boolean
}

/**
 * A history in the making. It knows only what the log promises at every position (I7 and the life of a stream:
 * opened once, nothing after its end), and lets no event by that breaks this; all else may come in any order.
 */
export class PossibleHistory {
  readonly events: HistoryEvent[] = []
  /** Streams that ended: what their keys sealed cannot be read any more. */
  readonly ended = new Set<string>()
  readonly #dice: Dice
  readonly #people = new Map<string, Person>()
  readonly #passkeys = new Map<string, string>()
  readonly #sessions = new Map<string, string>()
  readonly #links = new Map<string, { token: string; username: string; userid: string | null }>()
  readonly #clients = new Set<string>()
  readonly #kids = new Set<string>()
  readonly #versions = new Map<string, number>()
  #made = 0

  constructor(dice: Dice) {
    this.#dice = dice
  }

  /** Adds an event of some type, if there can be one now. */
  step(): void {
    const definition = this.#dice.pick(CURRENT_EVENTS)
    const data = {
      ...(sample(definition.open, this.#dice) as object),
      ...(sample(definition.personal, this.#dice) as object),
      ...(sample(definition.secret, this.#dice) as object),
    }
    const event = this.#fit({ type: definition.type, data } as Pick<NewEvent, 'type' | 'data'>)
    if (!event) return
    definition.data.parse(event.data)
    const sequence = this.events.length + 1
    const version = (this.#versions.get(event.stream) ?? 0) + 1
    this.#versions.set(event.stream, version)
    const sealedBy = definition.sealed ? event.stream : null
    const time = isoTime(Date.UTC(2030, 0, 1) + sequence * 3_600_000)
    this.events.push({
      sealedBy,
      data: event.data,
      header: {
        sequence,
        position: sequence,
        id: uuid(900_000 + sequence),
        stream: event.stream,
        version,
        type: event.type,
        schema_version: definition.version,
        time,
        actor_kind: 'system',
        actor_id: 'system',
        subject: event.subject,
        client: null,
        request: null,
        session: null,
        flow: null,
        correlation: null,
        causation: null,
        command: uuid(800_000 + sequence),
        key_id: sealedBy,
      },
    })
    for (const stream of closedStreams(event)) this.ended.add(stream)
  }

  /** Gives an event ids that can stand here, and keeps the books; `null` when it cannot. */
  #fit({ type, data }: Pick<NewEvent, 'type' | 'data'>): NewEvent | null {
    const opener = this.#openers[type]
    if (opener) return opener(data as never)
    if (type === 'LossAccepted') return this.#lose(data as never)
    if (type === 'LogRestored' || type === 'RelyingPartyIdChanged')
      return { type, stream: 'log', subject: null, data } as NewEvent
    if ('link_id' in data) return this.#ofLink(type, data as never)
    if ('client_id' in data && !('userid' in data)) return this.#ofClient(type, data as never)
    if ('kid' in data) return this.#of(type, keyStream, this.#kids, 'kid', data)
    return this.#ofUser(type, data as never)
  }

  /** Gives a link up whose key is lost. */
  #lose(data: EventData<'LossAccepted'>): NewEvent {
    const link = this.#dice.maybe([...this.#links.keys()])
    if (link !== null) this.#links.delete(link)
    const lost_streams = link === null ? [] : [linkStream(link)]
    return { type: 'LossAccepted', stream: 'log', subject: null, data: { ...data, lost_streams } }
  }

  #of(
    type: string,
    stream: (id: string) => string,
    ids: Iterable<string>,
    field: string,
    data: object,
  ): NewEvent | null {
    const known = [...ids]
    if (known.length === 0) return null
    const id = this.#dice.pick(known)
    return { type, stream: stream(id), subject: id, data: { ...data, [field]: id } } as NewEvent
  }

  readonly #openers: { [T in EventType]?: (data: EventData<T>) => NewEvent | null } = {
    UserRegistered: (data: EventData<'UserRegistered'>): NewEvent | null => {
      if (!this.#isFree(data.username, null) || (data.email_verified && !this.#isProvable(data.email, null)))
        return null
      this.#made += 1
      const userid = encodeProquint(this.#made)
      this.#people.set(userid, { username: data.username, email: data.email, verified: data.email_verified })
      return {
        type: 'UserRegistered',
        stream: userStream(userid),
        subject: userid,
        data: { ...data, userid },
      }
    },
    MagicLinkIssued: (data: EventData<'MagicLinkIssued'>): NewEvent | null => {
      this.#made += 1
      const link_id = uuid(this.#made)
      const token_hash = this.#made.toString(16).padStart(64, '0')
      const userid = this.#dice.maybe([...this.#people.keys()])
      this.#links.set(link_id, { token: token_hash, username: data.username, userid })
      const issued = { ...data, link_id, token_hash, userid }
      return {
        type: 'MagicLinkIssued',
        stream: linkStream(link_id),
        subject: userid ?? link_id,
        data: issued,
      }
    },
    ClientRegistered: (data: EventData<'ClientRegistered'>): NewEvent | null => {
      const client_id = this.#dice.pick(['console', 'shop'])
      if (this.#clients.has(client_id)) return null
      this.#clients.add(client_id)
      return {
        type: 'ClientRegistered',
        stream: clientStream(client_id),
        subject: client_id,
        data: { ...data, client_id },
      }
    },
    SigningKeyCreated: (data: EventData<'SigningKeyCreated'>): NewEvent | null => {
      this.#made += 1
      const kid = `key-${this.#made}`
      this.#kids.add(kid)
      return { type: 'SigningKeyCreated', stream: keyStream(kid), subject: kid, data: { ...data, kid } }
    },
  }

  #ofLink(type: EventType, data: object): NewEvent | null {
    const event = this.#of(type, linkStream, this.#links.keys(), 'link_id', data)
    if (!event || !('link_id' in event.data)) return null
    const { link_id } = event.data as { link_id: string }
    const link = this.#links.get(link_id)!
    if (type === 'MagicLinkUsed') link.userid ??= this.#dice.maybe([...this.#people.keys()])
    if (type === 'MagicLinkPurged') this.#links.delete(link_id)
    return {
      ...event,
      subject: link.userid ?? link_id,
      data: { ...event.data, userid: link.userid },
    } as NewEvent
  }

  #ofClient(type: EventType, data: object): NewEvent | null {
    const event = this.#of(type, clientStream, this.#clients, 'client_id', data)
    if (event?.type === 'ClientRemoved') this.#clients.delete(event.data.client_id)
    return event
  }

  #ofUser(type: EventType, data: object): NewEvent | null {
    const event = this.#of(type, userStream, this.#people.keys(), 'userid', data)
    if (!event || event.subject === null) return null
    const userid = event.subject
    const person = this.#people.get(userid)!
    switch (event.type) {
      case 'UsernameChanged':
        if (!this.#isFree(event.data.username.after, userid)) return null
        person.username = event.data.username.after
        return event
      case 'UserEmailChanged':
        if (event.data.verified && !this.#isProvable(event.data.email.after, userid)) return null
        Object.assign(person, { email: event.data.email.after, verified: event.data.verified })
        return event
      case 'UserEmailVerified':
        if (event.data.email !== person.email || !this.#isProvable(person.email, userid)) return null
        person.verified = true
        return event
      case 'PasskeyRegistered':
        if (this.#passkeys.has(event.data.credential_id)) return null
        this.#passkeys.set(event.data.credential_id, userid)
        return event
      case 'PasskeyRemoved':
        if (this.#passkeys.get(event.data.credential_id) === userid)
          this.#passkeys.delete(event.data.credential_id)
        return event
      case 'SignInSucceeded': {
        this.#made += 1
        const session_id = uuid(this.#made)
        this.#sessions.set(session_id, userid)
        return { ...event, data: { ...event.data, session_id } }
      }
      case 'SessionEnded': {
        const session_id = this.#dice.maybe(
          [...this.#sessions].flatMap(([id, owner]) => (owner === userid ? [id] : [])),
        )
        return session_id === null ? event : { ...event, data: { ...event.data, session_id } }
      }
      case 'UserErased':
        return this.#erase(event, userid)
      default:
        return event
    }
  }

  #erase(event: NewEvent & { type: 'UserErased' }, userid: string): NewEvent {
    const { username } = this.#people.get(userid)!
    const isOf = (link: { username: string; userid: string | null }) =>
      link.userid === userid || foldedKey(link.username) === foldedKey(username)
    const link_ids = [...this.#links].flatMap(([id, link]) => (isOf(link) ? [id] : []))
    for (const id of link_ids) this.#links.delete(id)
    for (const [id, owner] of this.#passkeys) if (owner === userid) this.#passkeys.delete(id)
    this.#people.delete(userid)
    return { ...event, data: { userid, link_ids } }
  }

  #isFree(username: string, forUser: string | null): boolean {
    return ![...this.#people].some(
      ([userid, person]) => userid !== forUser && foldedKey(person.username) === foldedKey(username),
    )
  }

  #isProvable(email: string | null, forUser: string | null): boolean {
    if (email === null) return false
    return ![...this.#people].some(
      ([userid, person]) =>
        userid !== forUser &&
        person.verified &&
        person.email !== null &&
        foldedKey(person.email) === foldedKey(email),
    )
  }
}
