import { describe, expect, it } from 'vitest'
import { BoundedPool } from '../../src/authn/bounded-pool.ts'
import { refusalCode } from './refusals.ts'

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

describe('a bounded pool', () => {
  it('runs so many at once, in the order of asking', async () => {
    const pool = new BoundedPool(2, 10)
    const gates = Array.from({ length: 4 }, () => ({ entered: gate(), left: gate() }))
    const started: number[] = []
    const answers = gates.map(({ entered, left }, index) =>
      pool.run(async () => {
        started.push(index)
        entered.open()
        await left.opened
        return index
      }),
    )
    await gates[1]!.entered.opened
    expect(started).toEqual([0, 1])
    gates[1]!.left.open()
    expect(await answers[1]).toBe(1)
    await gates[2]!.entered.opened
    expect(started).toEqual([0, 1, 2])
    gates[2]!.left.open()
    await gates[3]!.entered.opened
    for (const { left } of gates) left.open()
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3])
    expect(started).toEqual([0, 1, 2, 3])
  })

  it('refuses at once what finds the queue full, and takes work again afterwards', async () => {
    const pool = new BoundedPool(1, 2)
    const { opened, open } = gate()
    let ran = 0
    const task = async () => {
      ran += 1
      await opened
    }
    const accepted = [pool.run(task), pool.run(task), pool.run(task)]
    expect(await refusalCode(pool.run(task))).toBe('overloaded')
    open()
    await Promise.all(accepted)
    expect(ran).toBe(3)
    expect(await pool.run(async () => 'again')).toBe('again')
  })

  it('gives the place of a failed task to the next', async () => {
    const pool = new BoundedPool(1, 5)
    const failing = pool.run(async () => {
      throw new Error('broken')
    })
    const next = pool.run(async () => 'fine')
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe('fine')
  })

  it('returns results in groups while tasks wait, one by one at the end, and failures with them', async () => {
    const pool = new BoundedPool(1, 20)
    const handedBack: number[][] = [[]]
    const answers = Array.from({ length: 20 }, async (_, index) => {
      const ran = pool.run(async () => {
        handedBack.push([])
        if (index % 5 === 0) throw new Error('broken')
      })
      await ran.catch(() => undefined)
      handedBack.at(-1)!.push(index)
    })
    await Promise.all(answers)
    const groups = handedBack.filter((group) => group.length > 0)
    expect(groups[0]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(groups[1]).toEqual([8, 9, 10, 11])
    expect(groups.flat()).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('lets nobody wait for others when no tasks wait', async () => {
    const pool = new BoundedPool(2, 20)
    const { opened, open } = gate()
    const slow = pool.run(() => opened)
    expect(await pool.run(async () => 'done')).toBe('done')
    open()
    await slow
  })

  it('B7 keeps every second turn, and a queue of its own, for known devices while strangers fill theirs', async () => {
    const pool = new BoundedPool(1, 4)
    const { opened, open } = gate()
    const turns: string[] = []
    const enter = (lane: 'known' | 'open', party: string) =>
      pool.run(
        async () => {
          turns.push(party)
          await opened
        },
        { lane, party },
      )
    const accepted = [enter('open', 'first')]
    for (const stranger of ['s1', 's2', 's3', 's4']) accepted.push(enter('open', stranger))
    expect(await refusalCode(enter('open', 's5'))).toBe('overloaded')
    for (const device of ['k1', 'k2', 'k3']) accepted.push(enter('known', device))
    open()
    await Promise.all(accepted)
    expect(turns).toEqual(['first', 'k1', 's1', 'k2', 's2', 'k3', 's3', 's4'])
  })

  it('refuses the last of the party that floods when another comes', async () => {
    const pool = new BoundedPool(1, 2)
    const { opened, open } = gate()
    const enter = (party: string) => pool.run(() => opened, { lane: 'open', party })
    const kept = [enter('flood'), enter('flood')]
    const displaced = refusalCode(enter('flood'))
    kept.push(enter('other'))
    expect(await displaced).toBe('overloaded')
    open()
    await Promise.all(kept)
  })

  it('must have a worker and a queue of some length', () => {
    expect(() => new BoundedPool(0, 1)).toThrow(RangeError)
    expect(() => new BoundedPool(1, -1)).toThrow(RangeError)
    expect(() => new BoundedPool(Number.NaN, 1)).toThrow(RangeError)
  })
})
