import type { WebSocket } from '@fastify/websocket'
import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../kernel/clock.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'
import type { LogReading } from '../../log/port.ts'
import type { LogWatch } from '../../log/watch.ts'
import type { Views } from '../../projections/views.ts'
import type { LongReads } from '../guards/long-reads.ts'
import { CLOSE, type Closing, endSocket } from './close-codes.ts'
import { EventFeed } from './feed.ts'
import type { EventFilter } from './filter.ts'
import { Outlet, type OutletSocket } from './outlet.ts'
import { readPast } from './past.ts'
import { type Right, reviewRights } from './rights.ts'
import type { StreamLimits } from './slots.ts'
import { Subscriber } from './subscriber.ts'

/** How often rights are asked for again and quiet readers are told of the progress, in milliseconds. */
const BEAT = 500
/** How often a reader must show that it is still there, in milliseconds. */
const PING_INTERVAL = 30_000

/** What the hub reads, and what it reports to. */
export interface HubDeps {
  log: LogReading
  keys: Pick<KeyStore, 'load'>
  views: Pick<Views, 'audit'>
  watch: LogWatch
  clock: Clock
  longReads: Pick<LongReads, 'begin'>
  /** What is wrong with this node; a halted one cannot tell who has lost a right. */
  condition(): { halted: boolean } | null
  logger: Pick<FastifyBaseLogger, 'error'>
}

/** How the live stream is served. */
export interface StreamOptions {
  /** How long a reader may take nothing off a full connection, in milliseconds; 10,000 unless told. */
  patience?: number
  most?: StreamLimits
}

/** A connection that was accepted, with the right it was accepted by. */
export interface Connection {
  socket: WebSocket
  /** What lies under it, to write frames to that were encoded for all. */
  raw: OutletSocket
  right: Right
}

interface Member extends Connection {
  subscriber: Subscriber
  answered: boolean
}

/** All open live streams. Works only while there are any. */
export class StreamHub {
  readonly #deps: HubDeps
  readonly #patience: number
  readonly #members = new Set<Member>()
  #running: { feed: EventFeed; stop: AbortController } | null = null
  #shutDown = false

  constructor(deps: HubDeps, { patience = 10_000 }: StreamOptions = {}) {
    this.#deps = deps
    this.#patience = patience
  }

  /** How many streams are open. */
  get size(): number {
    return this.#members.size
  }

  /** Sends a reader everything behind the event `after`, until one of the two ends it. */
  add(connection: Connection, { after, filter }: { after: number; filter: EventFilter | null }): void {
    if (this.#shutDown) {
      endSocket(connection.socket, CLOSE.shuttingDown)
      return
    }
    this.#running ??= this.#start()
    const { feed } = this.#running
    const outlet = new Outlet(connection.raw, this.#patience)
    const giveWay = this.#deps.longReads.begin()
    const supply = {
      get tail() {
        return feed.tail
      },
      next: async (behind: number) =>
        feed.next(behind) ?? readPast(this.#deps, filter, { after: behind, bound: feed.tail }, giveWay),
    }
    const { clock } = this.#deps
    const onTooSlow = () => this.#end(member, CLOSE.tooSlow)
    const subscriber = new Subscriber(supply, outlet, { after, filter, clock, onTooSlow })
    const member: Member = { ...connection, subscriber, answered: true }
    this.#members.add(member)
    connection.socket.on('pong', () => {
      member.answered = true
    })
    connection.socket.once('close', () => this.#remove(member))
    this.#wake(member)
  }

  /** Ends all streams and takes no more. */
  shutDown(): void {
    this.#shutDown = true
    this.#endAll(CLOSE.shuttingDown)
  }

  #start(): { feed: EventFeed; stop: AbortController } {
    const stop = new AbortController()
    const feed = new EventFeed(this.#deps)
    const wakeAll = () => {
      for (const member of this.#members) this.#wake(member)
    }
    feed
      .run(wakeAll, () => this.size, stop.signal)
      .catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'the live stream cannot read the log')
        this.#endAll(CLOSE.failed)
      })
    this.#beats(stop.signal).catch((error: unknown) => {
      // Whose right cannot be told is not sent anything.
      this.#deps.logger.error({ err: error }, 'the rights of the live streams cannot be told')
      this.#endAll(CLOSE.failed)
    })
    const pings = setInterval(() => this.#ping(), PING_INTERVAL)
    stop.signal.addEventListener('abort', () => clearInterval(pings))
    return { feed, stop }
  }

  async #beats(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, BEAT).unref())
      if (this.#deps.condition()?.halted) this.#endAll(CLOSE.failed)
      for (const { subscriber } of this.#members) subscriber.beat()
      await reviewRights(this.#members, (member) => this.#end(member, CLOSE.notAllowed))
    }
  }

  #ping(): void {
    for (const member of this.#members) {
      if (!member.answered) member.socket.terminate()
      member.answered = false
      member.socket.ping()
    }
  }

  #wake(member: Member): void {
    member.subscriber.wake().catch((error: unknown) => {
      this.#deps.logger.error({ err: error }, 'a live stream failed')
      this.#end(member, CLOSE.failed)
    })
  }

  #endAll(closing: Closing): void {
    for (const member of this.#members) this.#end(member, closing)
  }

  #end(member: Member, closing: Closing): void {
    if (!this.#members.has(member)) return
    this.#remove(member)
    endSocket(member.socket, closing)
  }

  #remove(member: Member): void {
    member.subscriber.end()
    this.#members.delete(member)
    if (this.#members.size > 0 || !this.#running) return
    this.#running.stop.abort()
    this.#running = null
  }
}
