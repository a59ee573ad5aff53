import type { MongoClientEvents } from 'mongodb'
import { isMongoFault } from '../../kernel/mongodb-faults.ts'

/** The part of a client that is watched. */
export interface WatchedClient {
  on<E extends keyof MongoClientEvents>(event: E, listener: MongoClientEvents[E]): unknown
  off<E extends keyof MongoClientEvents>(event: E, listener: MongoClientEvents[E]): unknown
  close(): Promise<void>
  connect(): Promise<unknown>
}

/** How long the driver may wait for an answer to a heartbeat, and the pause between tries to connect; milliseconds. */
export interface HeartbeatLimits {
  answer: number
  /** For a heartbeat that the server answers only when something changes. */
  awaited: number
  pause: number
}

const LIMITS: HeartbeatLimits = { answer: 7_000, awaited: 20_000, pause: 500 }

/**
 * Reconnects when a heartbeat is neither answered nor abandoned. The driver may send one over a connection that is just
 * breaking, and then its wait never ends: it would not notice that the server is back.
 *
 * @returns a function that ends the watch.
 */
export function watchHeartbeats(client: WatchedClient, limits: HeartbeatLimits = LIMITS): () => void {
  const waiting = new Map<string, NodeJS.Timeout>()
  let over = false
  const settle = (server: string) => {
    clearTimeout(waiting.get(server))
    waiting.delete(server)
  }
  const settleAll = () => {
    for (const server of [...waiting.keys()]) settle(server)
  }
  const reconnect = async () => {
    settleAll()
    await client.close().catch(ignoreFault)
    while (!over) {
      try {
        await client.connect()
        return
      } catch (error) {
        ignoreFault(error)
        await new Promise((resolve) => setTimeout(resolve, limits.pause))
      }
    }
  }
  const started: MongoClientEvents['serverHeartbeatStarted'] = ({ connectionId, awaited }) => {
    settle(connectionId)
    if (over) return
    waiting.set(connectionId, setTimeout(reconnect, awaited ? limits.awaited : limits.answer).unref())
  }
  const ended = ({ connectionId }: { connectionId: string }) => settle(connectionId)
  const gone: MongoClientEvents['serverClosed'] = ({ address }) => settle(address)
  client.on('serverHeartbeatStarted', started)
  client.on('serverHeartbeatSucceeded', ended)
  client.on('serverHeartbeatFailed', ended)
  client.on('serverClosed', gone)
  return () => {
    over = true
    settleAll()
    client.off('serverHeartbeatStarted', started)
    client.off('serverHeartbeatSucceeded', ended)
    client.off('serverHeartbeatFailed', ended)
    client.off('serverClosed', gone)
  }
}

function ignoreFault(error: unknown): void {
  if (!isMongoFault(error)) throw error
}
