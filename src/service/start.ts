// The process of the service: reads the settings, starts the server, stops it on a signal, and sets the exit code.
import { readFileSync } from 'node:fs'
import { collectAfterStart } from '../kernel/memory-flags.ts'
import { isPassing } from '../kernel/refusal.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { SettingsError } from '../settings/faults.ts'
import { readSettings } from '../settings/settings.ts'
import { startServer } from './server.ts'

/** The exit code of a process whose store has failed permanently: an input/output error, by sysexits.h. */
const STORE_FAILED = 74
/** How long the stop of such a process may take, in milliseconds: what it waits for may never happen. */
const LAST_PATIENCE = 15_000

process.umask(0o077)

try {
  const settings = readSettings(process.env, (path) => readFileSync(path, 'utf8'))
  const server = await startServer(settings, console.log)
  collectAfterStart()
  const stop = async () => {
    await server.stop()
    process.exit(0)
  }
  // Handles a second signal too: npm forwards a signal that the whole process group has received already.
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  server.failed.then(async (reason) => {
    console.error(
      `The store has failed permanently: ${reason}. The process ends; its supervisor has to restart it`,
    )
    setTimeout(() => process.exit(STORE_FAILED), LAST_PATIENCE).unref()
    await server.stop().catch(console.error)
    process.exit(STORE_FAILED)
  })
} catch (error) {
  if (error instanceof SettingsError) {
    console.error(error.message)
    process.exit(error.exitCode)
  }
  if (!(error instanceof StartRefused || isPassing(error))) throw error
  console.error(error.message)
  process.exit(1)
}
