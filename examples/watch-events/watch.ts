// Starts the watcher: `npm start` here, or `node examples/watch-events/watch.ts`. Ctrl-C ends it.
import { NotAllowed } from './not-allowed.ts'
import { readWatcherSettings } from './settings.ts'
import { watchEvents } from './watcher.ts'

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

try {
  await watchEvents(readWatcherSettings(process.env), (line) => console.log(line), stop.signal)
} catch (error) {
  if (!(error instanceof NotAllowed)) throw error
  console.error(error.message)
  process.exitCode = 1
}
