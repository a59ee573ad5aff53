import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/installation.ts'
import { maySkip, scale } from '../support/scale.ts'
import { killChildren } from './support/child.ts'
import { FailingServer } from './support/failing-server.ts'
import { compileFsyncShim } from './support/fsync-shim.ts'

const ROUNDS = scale(2, 30)
const LAG_LIMIT = 50

const shim = compileFsyncShim()
const skipped = maySkip(typeof shim === 'string' ? shim : null)
const order = (text: string) => typeof shim !== 'string' && shim.order(text)

describe.skipIf(skipped)('a disk that does not sync', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  let server: FailingServer

  beforeEach(async () => {
    order('ok')
    directory = temporaryDirectory()
    server = await start()
  })

  afterEach(() => {
    killChildren()
    directory.remove()
  })

  afterAll(() => typeof shim !== 'string' && shim.remove())

  async function start(): Promise<FailingServer> {
    const started = new FailingServer(directory.path, typeof shim === 'string' ? {} : shim.environment)
    await started.more('acknowledged', 20)
    return started
  }

  it('is never taken for one that does: the writer stops, readers go on, a restart finds all that was promised', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round > 0) server = await start()
      await pause(Math.random() * 200)
      order('fail')
      await server.more('refused', 16)
      const acknowledged = server.all('acknowledged').length
      await server.more('refused', 32)
      expect(server.all('acknowledged').length, 'nothing is acknowledged any more').toBe(acknowledged)

      order('ok')
      await server.more('refused', 32)
      expect(
        server
          .all('refused')
          .slice(-16)
          .map(({ code }) => code),
      ).toEqual(Array(16).fill('storage_failed'))
      expect(Object.keys(server.refusals()).sort()).toEqual(['outcome_unknown', 'storage_failed'])
      expect((await server.state()).events).toBeGreaterThanOrEqual(acknowledged)
      expect(server.all('writer lost')).toEqual([])

      await (round % 2 === 0 ? server.stop() : server.kill())
      const { kept } = await server.expectWholeAfterRestart()
      console.log(`failing fsync: ${acknowledged} acknowledged, ${kept} kept`, server.refusals())
    }
  }, 300_000)

  it('is waited for by nobody but those who write', async () => {
    order('delay:300')
    const lags: number[] = []
    // A busy machine may take the processor away from everybody; a thread that syncs is late every time.
    for (
      let attempt = 0;
      (attempt < 3 && Math.min(...lags) >= LAG_LIMIT) || lags.length === 0;
      attempt += 1
    ) {
      await server.state()
      await server.more('acknowledged', 16 * 4)
      lags.push((await server.state()).lag)
    }
    order('ok')
    await server.stop()
    console.log(
      `fsync delayed by 300 ms: the loop was late by at most ${lags.map((lag) => lag.toFixed(1)).join(', ')} ms`,
    )
    expect(Math.min(...lags)).toBeLessThan(LAG_LIMIT)
    await server.expectWholeAfterRestart()
  }, 60_000)
})
