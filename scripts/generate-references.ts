// Writes the reference pages, and the table of rooms, from the schemas that the program itself runs on. With `--check` nothing is
// written: stale pages are named and the exit code is 1.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decisionsIndex } from './references/decisions.ts'
import { eventsReference } from './references/events.ts'
import { refusalsReference } from './references/refusals.ts'
import { withRooms } from './references/rooms.ts'
import { settingsReference } from './references/settings.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = 'docs/reference'
const ARCHITECTURE = 'docs/architecture.md'
const pages = {
  [`${directory}/settings.md`]: settingsReference(),
  [`${directory}/events.md`]: eventsReference(),
  [`${directory}/refusals.md`]: refusalsReference(),
  [ARCHITECTURE]: withRooms(contentOf(ARCHITECTURE) ?? ''),
  'docs/decisions/README.md': decisionsIndex(`${root}docs/decisions`),
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(root + path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

const stale = Object.entries(pages).filter(([path, content]) => contentOf(path) !== content)
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is stale; run: npm run docs`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  mkdirSync(root + directory, { recursive: true })
  for (const [path, content] of stale) {
    writeFileSync(root + path, content)
    console.log(`wrote ${path}`)
  }
}
