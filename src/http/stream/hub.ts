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

/** How often rights are checked again and progress is sent to quiet readers, in milliseconds. */
const TICK = 500
/** How often a reader must answer a ping, in milliseconds. */
const PING_INTERVAL = 30_000

/** What the hub needs. */
export interface HubDeps {
  log: LogReading
  keys: Pick<KeyStore, 'load'>
  views: Pick<Views, 'audit'>
  watch: LogWatch
  clock: Clock
  longReads: Pick<LongReads, 'begin'>
  /** Says what is wrong with this node; a halted one cannot check rights. */
  condition(): { halted: boolean } | null
  logger: Pick<FastifyBaseLogger, 'error'>
}

/** How the live stream is served. */
export interface StreamOptions {
  /** How long a reader may read nothing from a full connection, in milliseconds; 10,000 by default. */
  patience?: number
  most?: StreamLimits
}

/** An accepted connection, with the right by which it was accepted. */
export interface Connection {
  socket: WebSocket
  /** The TCP connection below it, for frames that were encoded once for all. */
  raw: OutletSocket
  right: Right
}

interface Member extends Connection {
  subscriber: Subscriber
  answered: boolean
}

/** Serves all open live streams. It runs only while there are any. */
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

  /** Sends a reader every event after `after`, until one side closes the connection. */
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
      next: async (cursor: number) =>
        feed.next(cursor) ?? readPast(this.#deps, filter, { after: cursor, bound: feed.tail }, giveWay),
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

  /** Ends all streams and accepts no more. */
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
    this.#tick(stop.signal).catch((error: unknown) => {
      // Without a checked right nothing is sent.
      this.#deps.logger.error({ err: error }, 'the rights of the live streams cannot be checked')
      this.#endAll(CLOSE.failed)
    })
    const pings = setInterval(() => this.#ping(), PING_INTERVAL)
    stop.signal.addEventListener('abort', () => clearInterval(pings))
    return { feed, stop }
  }

  async #tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, TICK).unref())
      if (this.#deps.condition()?.halted) this.#endAll(CLOSE.failed)
      for (const { subscriber } of this.#members) subscriber.tick()
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
