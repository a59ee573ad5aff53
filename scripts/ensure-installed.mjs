// Runs before every npm script of ours, on whatever Node the machine has: installs exactly what the lock
// file says when `node_modules` does not hold it, so that `npm start` and `npm test` need no step before them.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const runtime = `${root}node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`

function packagesOf(lockFile) {
  if (!existsSync(root + lockFile)) return {}
  return JSON.parse(readFileSync(root + lockFile, 'utf8')).packages
}

const wanted = packagesOf('package-lock.json')
const installed = packagesOf('node_modules/.package-lock.json')
// Optional packages are those of other platforms; they may rightly be absent.
const missing = Object.entries(wanted).filter(
  ([path, entry]) => path !== '' && !entry.optional && installed[path]?.version !== entry.version,
)

if (missing.length > 0 || !existsSync(runtime)) {
  console.error('Installing what the lock file says (npm ci) …')
  // The npm that runs this script hands its own options on through the environment. The flags keep those from
  // changing what is installed: tests need the development packages, and the runtime comes by an install script.
  const flags = ['--include=dev', '--ignore-scripts=false', '--dry-run=false', '--global=false']
  const run = spawnSync('npm', ['ci', ...flags, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (run.status !== 0 || !existsSync(runtime)) {
    console.error('npm ci did not install everything; see the lines above.')
    process.exit(run.status || 1)
  }
  spawnSync(runtime, [`${root}scripts/compile-ahead.ts`], { stdio: 'ignore' })
}
