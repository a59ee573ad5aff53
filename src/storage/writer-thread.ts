// The entry of the writer thread: it owns the writing connection and runs the engine for the main thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkMessage } from '../engine/channel.ts'
import { ChannelHost } from '../engine/channel-host.ts'
import { systemClock } from '../kernel/clock.ts'
import { collectAfterStart } from '../kernel/memory-flags.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { openWriter } from './open-writer.ts'

if (!parentPort) throw new Error('src/storage/writer-thread.ts runs as a worker thread only')
const port = parentPort

try {
  const hosting: { host?: ChannelHost } = {}
  const writer = await openWriter(
    workerData,
    () => hosting.host?.grown(),
    true,
    systemClock,
    (condition) => port.postMessage({ condition }),
  )
  const host = new ChannelHost(port, writer.engine)
  hosting.host = host
  port.on('message', (message: WorkMessage | 'close' | 'follow now') => {
    if (message === 'follow now') return writer.followNow()
    if (message !== 'close') return host.receive(message)
    writer.close().then(() => port.close())
  })
  port.postMessage({})
  collectAfterStart()
} catch (error) {
  if (!(error instanceof StartRefused)) throw error
  port.postMessage({ refused: error.message })
  port.close()
}
