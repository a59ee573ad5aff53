// A server in a process of its own: it serves the live stream and, on request, makes events at a steady rate.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { createApp } from '../../src/service/app.ts'
import { createServices } from '../../src/service/services.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { installationFiles, openThreadedStorage } from '../../src/storage/open.ts'

/** The messages to the server. */
export interface Load {
  perSecond: number
  seconds: number
}

/** What it answers when the load is over. */
export interface ServerFigures {
  kind: 'done'
  events: number
  /** Of one processor, over the time of the load. */
  cpu: number
  rss_mib: number
  loop_delay_p99_ms: number
}

const environment = { OIDC_OP_DATA_DIR: process.argv[2], OIDC_OP_LOG_LEVEL: 'error' }
const settings = readSettings(environment, () => '')
const storage = await openThreadedStorage(installationFiles(settings), (error) => {
  throw error
})
const services = await createServices(storage, settings, systemClock)
// One token for each subscriber, so that the right of each is checked separately.
const readToken = async (token: string) => ({ kind: 'client', clientId: token, scopes: ['admin'] }) as const
const app = await createApp({ ...services, readToken }, { reason: () => null })
const address = await app.listen({ host: '127.0.0.1', port: 0 })

const userid = generateUserid()
await storage.commands.submit(command('register-user', { userid, username: userid }, SYSTEM_ACTOR))
process.send?.({ kind: 'listening', url: address.replace('http', 'ws') })

process.on('message', async (load: Load | 'close') => {
  if (load === 'close') {
    await app.close()
    await storage.close()
    process.disconnect()
    return
  }
  process.send?.(await underLoad(load))
})

async function underLoad({ perSecond, seconds }: Load): Promise<ServerFigures> {
  const loop = monitorEventLoopDelay({ resolution: 5 })
  loop.enable()
  const cpu = process.cpuUsage()
  const began = performance.now()
  const pending: Promise<unknown>[] = []
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - began) / 1000
      while (pending.length < Math.min(elapsed, seconds) * perSecond) pending.push(makeEvent())
      if (elapsed < seconds) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  await Promise.all(pending)
  const used = process.cpuUsage(cpu)
  loop.disable()
  return {
    kind: 'done',
    events: pending.length,
    cpu: (used.user + used.system) / 1000 / (performance.now() - began),
    rss_mib: process.memoryUsage.rss() / 1024 / 1024,
    loop_delay_p99_ms: loop.percentile(99) / 1e6,
  }
}

/** Makes an event that carries the moment in which it was asked for. */
function makeEvent(): Promise<unknown> {
  const changes = { nickname: String(performance.timeOrigin + performance.now()) }
  return storage.commands.submit(command('change-user', { userid, changes }, SYSTEM_ACTOR))
}
