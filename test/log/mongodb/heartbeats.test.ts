import { EventEmitter, once } from 'node:events'
import { MongoNetworkError } from 'mongodb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type WatchedClient, watchHeartbeats } from '../../../src/log/mongodb/heartbeats.ts'

const SERVER = { connectionId: 'db:27017' }

class FakeClient extends EventEmitter {
  readonly calls: string[] = []
  refusals = 0

  async close(): Promise<void> {
    this.calls.push('close')
    this.emit('closed')
  }

  async connect(): Promise<void> {
    this.calls.push('connect')
    if (this.refusals > 0) {
      this.refusals -= 1
      throw new MongoNetworkError('nobody there')
    }
    this.emit('connected')
  }
}

const opened: (() => void)[] = []
afterEach(() => {
  for (const end of opened.splice(0)) end()
  vi.useRealTimers()
})

function watched(limits: { answer: number; awaited: number }) {
  const client = new FakeClient()
  opened.push(watchHeartbeats(client as unknown as WatchedClient, { ...limits, pause: 1 }))
  return client
}

describe('a heartbeat', () => {
  it('that is never answered makes the client reconnect, as often as it takes', async () => {
    const client = watched({ answer: 1, awaited: 600_000 })
    client.refusals = 2
    client.emit('serverHeartbeatStarted', { ...SERVER, awaited: false })
    await once(client, 'connected')
    expect(client.calls).toEqual(['close', 'connect', 'connect', 'connect'])
  })

  it.each(['serverHeartbeatSucceeded', 'serverHeartbeatFailed'])('is over after %s', (event) => {
    vi.useFakeTimers()
    const client = watched({ answer: 1, awaited: 1 })
    client.emit('serverHeartbeatStarted', { ...SERVER, awaited: false })
    client.emit(event, SERVER)
    client.emit('serverHeartbeatStarted', { connectionId: 'other:27017', awaited: false })
    client.emit('serverClosed', { address: 'other:27017' })
    vi.advanceTimersByTime(1_000)
    expect(client.calls).toEqual([])
  })

  it('that the server answers only on a change may take longer', async () => {
    const client = watched({ answer: 1, awaited: 600_000 })
    client.emit('serverHeartbeatStarted', { ...SERVER, awaited: true })
    client.emit('serverHeartbeatStarted', { connectionId: 'other:27017', awaited: false })
    await once(client, 'closed')
    expect(client.calls).toEqual(['close'])
  })

  it('no longer counts once the watch is over', () => {
    const client = watched({ answer: 1, awaited: 1 })
    opened.pop()?.()
    expect(client.eventNames()).toEqual([])
  })
})
