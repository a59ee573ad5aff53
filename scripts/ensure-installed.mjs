// Runs before every npm script of ours, on whatever Node the machine has: installs exactly what the lock
// file says when `node_modules` does not hold it, so that `npm start` and `npm test` need no step before them.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(`${root}${lockFile}`, 'utf8')).packages
  } catch {
    return {}
  }
}

const wanted = packagesOf('package-lock.json')
const installed = packagesOf('node_modules/.package-lock.json')
// Optional packages are those of other platforms; they may rightly be absent.
const missing = Object.entries(wanted).filter(
  ([path, entry]) => path !== '' && !entry.optional && installed[path]?.version !== entry.version,
)

if (missing.length > 0) {
  console.error(`Installing ${missing.length} packages (npm ci) …`)
  // The caller's npm passes its own settings on as environment variables; they are not this install's business.
  const run = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (run.status !== 0) {
    console.error('npm ci failed; see the lines above.')
    process.exit(run.status ?? 1)
  }
}
