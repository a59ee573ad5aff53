// The whole application in a process of its own, over an installation that was filled before.
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../src/kernel/clock.ts'
import { lowerPoolPriority } from '../../src/kernel/pool-priority.ts'
import { createApp } from '../../src/service/app.ts'
import { createServices } from '../../src/service/services.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { installationFiles, openThreadedStorage } from '../../src/storage/open.ts'

/** What the server says: where it listens, or how much memory it holds. */
export type ServerWord = { port: number } | { rss_mib: number }

const settings = readSettings({ OIDC_OP_DATA_DIR: process.argv[2], OIDC_OP_LOG_LEVEL: 'error' }, () => '')
const storage = await openThreadedStorage(installationFiles(settings), (error) => {
  throw error
})
const services = await createServices(storage, settings, systemClock)
lowerPoolPriority()
const app = await createApp(services, { reason: () => null })
await app.listen({ host: '127.0.0.1', port: 0 })
const say = (word: ServerWord) => process.send?.(word)
say({ port: (app.server.address() as AddressInfo).port })

process.on('message', () => say({ rss_mib: Math.round(process.memoryUsage.rss() / 2 ** 20) }))
process.on('disconnect', async () => {
  await app.close()
  await storage.close()
  process.exit(0)
})
