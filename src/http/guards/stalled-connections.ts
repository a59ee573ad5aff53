import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, steadyClock } from '../../kernel/clock.ts'

/** How long a client may read nothing of its answer, in milliseconds; the live stream has a shorter limit. */
const PATIENCE = 45_000
/** How often connections are checked, in milliseconds. */
const INTERVAL = 5_000

/** What the last check saw of a connection. */
interface Seen {
  waiting: number
  since: number
}

/**
 * Ends connections whose client has stopped reading its answer: each would hold its answer in memory as long as the
 * client likes.
 */
export class StalledConnections {
  readonly #clock: Clock
  readonly #patience: number
  readonly #open = new Map<Socket, Seen>()
  #timer: NodeJS.Timeout | null = null

  constructor(server: Server, clock: Clock = steadyClock, patience = PATIENCE) {
    this.#clock = clock
    this.#patience = patience
    server.on('connection', (socket: Socket) => this.#watch(socket))
  }

  /** Checks every connection once, and ends those that made no progress for too long. */
  look(): void {
    const now = this.#clock()
    for (const [socket, seen] of this.#open) {
      const waiting = socket.writableLength
      if (waiting === 0 || waiting !== seen.waiting) this.#open.set(socket, { waiting, since: now })
      else if (now - seen.since >= this.#patience) socket.destroy()
    }
  }

  #watch(socket: Socket): void {
    this.#open.set(socket, { waiting: 0, since: this.#clock() })
    socket.once('close', () => this.#forget(socket))
    this.#timer ??= setInterval(() => this.look(), INTERVAL).unref()
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket)
    if (this.#open.size > 0 || !this.#timer) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
