import { describe, expect, it } from 'vitest'
import { LoopShare } from '../../src/kernel/loop-share.ts'

const SLICE = 5

/** Works through so many steps of a millisecond each, and notes in which turn of the loop each of them was done. */
async function work(
  share: LoopShare,
  steps: number,
  time: { now: number },
  turns: number[],
  turn: () => number,
) {
  const giveWay = share.begin()
  for (let step = 0; step < steps; step += 1) {
    const pause = giveWay()
    if (pause) await pause
    turns.push(turn())
    time.now += 1
  }
}

function countTurns() {
  let count = 0
  let running = true
  const next = () => {
    count += 1
    if (running) setImmediate(next)
  }
  setImmediate(next)
  return {
    turn: () => count,
    stop: () => {
      running = false
    },
  }
}

describe('a share of the event loop', () => {
  it.each([1, 2, 10])('%i readings together work for one slice in a turn of the loop', async (readings) => {
    const time = { now: 0 }
    const share = new LoopShare(() => time.now, SLICE)
    const loop = countTurns()
    const turns: number[] = []
    await Promise.all(Array.from({ length: readings }, () => work(share, 50, time, turns, loop.turn)))
    loop.stop()
    const inOneTurn = Map.groupBy(turns, (turn) => turn)
    expect(turns).toHaveLength(50 * readings)
    expect(Math.max(...[...inOneTurn.values()].map((steps) => steps.length))).toBeLessThanOrEqual(SLICE)
  })

  it('goes round: a short reading does not wait for a long one to end', async () => {
    const time = { now: 0 }
    const share = new LoopShare(() => time.now, SLICE)
    const order: string[] = []
    const long = work(share, 1000, time, [], () => 0).then(() => order.push('long'))
    const short = work(share, 10, time, [], () => 0).then(() => order.push('short'))
    await Promise.all([long, short])
    expect(order).toStrictEqual(['short', 'long'])
  })
})
