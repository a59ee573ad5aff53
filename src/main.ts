// The composition root of the server: settings, storage, application, signals.
import { readFileSync } from 'node:fs'
import { createApp } from './app.ts'
import { systemClock } from './kernel/clock.ts'
import { StartRefused } from './kernel/fault.ts'
import { createServices } from './services.ts'
import { readSettings } from './settings.ts'
import { SettingsError } from './settings-faults.ts'
import { installationFiles, openThreadedStorage } from './storage.ts'

process.umask(0o077)

try {
  await serve()
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof StartRefused)) throw error
  console.error(error.message)
  process.exit(error instanceof SettingsError ? error.exitCode : 1)
}

async function serve(): Promise<void> {
  const settings = readSettings(process.env, (path) => readFileSync(path, 'utf8'))
  let unready: string | null = null
  const storage = await openThreadedStorage(installationFiles(settings), (error) => {
    unready = 'the writer has stopped'
    console.error(error)
  })
  const app = await createApp(await createServices(storage, settings, systemClock), { reason: () => unready })
  await app.listen({ host: settings.host, port: settings.port })

  const stop = async () => {
    unready = 'shutting down'
    await app.close()
    await storage.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
