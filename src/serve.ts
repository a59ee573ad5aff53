// Starts the server by the environment, and stops it by a signal.
import { readFileSync } from 'node:fs'
import { StartRefused } from './kernel/fault.ts'
import { collectAfterStart } from './lean-process.ts'
import { startServer } from './server.ts'
import { readSettings } from './settings.ts'
import { SettingsError } from './settings-faults.ts'

process.umask(0o077)

try {
  const settings = readSettings(process.env, (path) => readFileSync(path, 'utf8'))
  const server = await startServer(settings, console.log)
  collectAfterStart()
  const stop = async () => {
    await server.stop()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof StartRefused)) throw error
  console.error(error.message)
  process.exit(error.exitCode)
}
