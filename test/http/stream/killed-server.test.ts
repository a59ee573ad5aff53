import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../../src/storage/open.ts'
import { type Child, killChildren, startChild } from '../../faults/support/child.ts'
import { backEndOf } from '../../support/back-end.ts'
import { filesIn, temporaryDirectory } from '../../support/installation.ts'
import { scale } from '../../support/scale.ts'
import { SEED, seeded } from '../../support/seeded.ts'
import { StreamReader } from './stream-reader.ts'
import type { ServerReport, ServerTask } from './stream-server-child.ts'

const ROUNDS = scale(5, 100)
const SERVER = '../../http/stream/stream-server-child.ts'

/** A program that reads the stream without end: when it breaks off, it goes on after the last event it saw. */
class PersistentReader {
  readonly seen: { sequence: number; id: string }[] = []
  #stopped = false
  #reader: StreamReader | null = null

  async run(url: () => string): Promise<void> {
    while (!this.#stopped) {
      const reader = new StreamReader(`${url()}?after=${this.last}`)
      this.#reader = reader
      await reader.closed
      for (const frame of reader.frames) {
        if (frame.kind === 'reset') throw new Error('The cursor was lost')
        if (frame.kind === 'event') this.seen.push({ sequence: frame.event.sequence, id: frame.event.id })
      }
      if (!this.#stopped) await pause(20)
    }
  }

  /** Waits until everything up to an event has come, and reads no more. */
  async stopAt(sequence: number): Promise<void> {
    while ((this.#reader?.last || this.last) < sequence) await pause(10)
    this.#stopped = true
    this.#reader?.close()
  }

  get last(): number {
    return this.seen.at(-1)?.sequence ?? 0
  }
}

describe(`a server that is killed ${ROUNDS} times under two readers (seed ${SEED})`, () => {
  const directory = temporaryDirectory()
  const random = seeded(SEED)
  afterAll(() => {
    killChildren()
    directory.remove()
  })

  const start = async (
    port: number,
    callers: number,
  ): Promise<{ server: Child<ServerReport>; port: number }> => {
    const task: ServerTask = { directory: directory.path, port, callers }
    const server = startChild<ServerReport>(SERVER, task)
    return { server, port: (await server.message(({ kind }) => kind === 'listening')).port }
  }

  it('shows each of them every event once and in order', { timeout: 60_000 + ROUNDS * 10_000 }, async () => {
    let { server, port } = await start(0, 4)
    const url = () => `ws://127.0.0.1:${port}/api/admin/events/stream`
    const readers = [new PersistentReader(), new PersistentReader()]
    const running = readers.map((reader) => reader.run(url))
    for (let round = 0; round < ROUNDS; round += 1) {
      await pause(100 + random.below(600))
      server.process.kill('SIGKILL')
      await server.ended
      ;({ server } = await start(port, round === ROUNDS - 1 ? 0 : 4))
    }
    const storage = await openStorage({ ...filesIn(directory.path), ...backEndOf(directory.path) })
    const { sequence } = storage.log.head()
    await Promise.all(readers.map((reader) => reader.stopAt(sequence)))
    await Promise.all(running)
    const expected = storage.log.eventsAfter(0, sequence).map(({ sequence, id }) => ({ sequence, id }))
    await storage.close()
    console.log(`${ROUNDS} kills, ${sequence} events`)
    expect(sequence).toBeGreaterThan(ROUNDS * 10)
    for (const { seen } of readers) expect(seen).toStrictEqual(expected)
  })
})
