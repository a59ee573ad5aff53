import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CHUNK_EVENTS, fitting } from '../../../src/http/stream/chunk.ts'
import { encodeFrame } from '../../../src/http/stream/frames.ts'
import { Outlet, type OutletSocket } from '../../../src/http/stream/outlet.ts'
import { reviewRights } from '../../../src/http/stream/rights.ts'

describe('a frame', () => {
  const framed = (length: number) => {
    const log = 'x'.repeat(length - JSON.stringify({ kind: 'reset', log: '', epoch: 1 }).length)
    const frame = { kind: 'reset', log, epoch: 1 } as const
    return { bytes: encodeFrame(frame), payload: JSON.stringify(frame) }
  }

  it.each([
    [125, '817d'],
    [126, '817e007e'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ])('of %i bytes begins as RFC 6455 has it', (length, header) => {
    const { bytes, payload } = framed(length)
    expect(bytes.subarray(0, header.length / 2).toString('hex')).toBe(header)
    expect(bytes.subarray(header.length / 2).toString()).toBe(payload)
  })
})

describe('what is sent at once', () => {
  const sizes = (all: number[]) => fitting(all, (size) => size)

  it('is bounded in events and bytes, but never nothing', () => {
    expect(sizes([])).toStrictEqual([])
    expect(sizes(new Array(CHUNK_EVENTS + 1).fill(1))).toHaveLength(CHUNK_EVENTS)
    expect(sizes([200_000, 62_144, 1])).toStrictEqual([200_000, 62_144])
    expect(sizes([10_000_000, 1])).toStrictEqual([10_000_000])
  })
})

describe('an outlet', () => {
  class FullSocket extends EventEmitter {
    writableLength = 1 << 20
    destroyed = false
    write = vi.fn(() => false)
  }
  let socket: FullSocket
  let outlet: Outlet
  beforeEach(() => {
    vi.useFakeTimers()
    socket = new FullSocket()
    outlet = new Outlet(socket as unknown as OutletSocket, 1000)
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(['drain', 'close'])('has room again after %s', async (event) => {
    const room = outlet.hasRoom()
    expect(outlet.blocked).toBe(true)
    vi.advanceTimersByTime(999)
    socket.emit(event)
    expect(await room).toBe(true)
    expect(outlet.blocked).toBe(false)
    expect(socket.eventNames()).toStrictEqual([])
  })

  it('gives up when its patience is at an end', async () => {
    const room = outlet.hasRoom()
    vi.advanceTimersByTime(1000)
    expect(await room).toBe(false)
    expect(socket.eventNames()).toStrictEqual([])
  })

  it('writes nothing to a connection that is gone', () => {
    socket.destroyed = true
    outlet.write(Buffer.from('x'))
    expect(socket.write).not.toHaveBeenCalled()
  })
})

describe('the review of rights', () => {
  it('asks once for all who share a proof, and names those who lost it', async () => {
    const asked: string[] = []
    const member = (name: string, key: string, held: boolean) => ({
      name,
      right: {
        key,
        holds: async () => {
          asked.push(key)
          return held
        },
      },
    })
    const lost: string[] = []
    const members = [
      member('a', '1', true),
      member('b', '2', false),
      member('c', '2', false),
      member('d', '1', true),
    ]
    await reviewRights(members, ({ name }) => lost.push(name))
    expect([asked, lost]).toStrictEqual([
      ['1', '2'],
      ['b', 'c'],
    ])
  })
})
