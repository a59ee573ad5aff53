import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, steadyClock } from '../../kernel/clock.ts'

/** How long a client may take nothing of what waits for it, in milliseconds; the live stream itself is less patient. */
const PATIENCE = 45_000
/** How often that is looked at while there are connections, in milliseconds. */
const INTERVAL = 5_000

/** What was seen of a connection when it was last looked at. */
interface Seen {
  waiting: number
  since: number
}

/**
 * Ends connections whose client takes nothing of its answer any more: each would hold its answer in memory for as
 * long as the client likes.
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

  /** Ends those whose time is over. */
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
