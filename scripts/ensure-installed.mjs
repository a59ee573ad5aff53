// Runs before every npm script of ours, on whatever Node the machine has: installs what the lock file says and is not
// there yet, so that `npm start` and `npm test` need no step before them. With the word `run`, only what running needs.
import { spawnSync } from 'node:child_process'
import { takeTurn } from './install/alone.mjs'
import { hasDevelopmentPackages, missingPackages, wantedPackages } from './install/packages.mjs'
import { NODE_NAME, ROOT } from './install/places.mjs'
import {
  fetchedVersion,
  isRuntimeReady,
  keepRuntime,
  LEAST,
  lockedRuntime,
  machineNode,
  nameNode,
} from './install/runtime.mjs'
import { trimPackages } from './install/trim.mjs'

const asked = process.argv[2] === 'run' ? 'run' : 'all'
const say = (text) => console.error(`countersign: ${text}`)
const isComplete = () => missingPackages(asked).length === 0 && isRuntimeReady()

if (!isComplete()) {
  const end = await takeTurn(say)
  try {
    // The process that held the lock may have installed it.
    if (!isComplete()) process.exitCode = install()
  } finally {
    end()
  }
}

/** Installs what is missing; answers the exit code. */
function install() {
  const machine = fetchedVersion() === lockedRuntime() ? null : machineNode()
  const fetches = machine === null && fetchedVersion() !== lockedRuntime()
  if (fetches && lockedRuntime() === null) {
    say(`this machine has Node ${process.versions.node}, and ${LEAST} or newer is needed`)
    return 1
  }
  // What tests need stays once it is there.
  const what = asked === 'run' && hasDevelopmentPackages() ? 'all' : asked
  if (missingPackages(what).length > 0 || fetches) {
    const count = wantedPackages(what).filter(([, { optional }]) => !optional).length
    const runtime = fetches
      ? ` and Node ${lockedRuntime()}`
      : machine
        ? `; Node ${machine.version} of this machine will run it`
        : ''
    say(`installing ${count} packages${what === 'all' ? ', those for tests and checks too' : ''}${runtime} …`)
    const code = npmCi(what, fetches)
    if (code !== 0) return code
    if (fetches) keepRuntime()
    if (what === 'run') trimPackages()
  }
  nameNode(machine)
  if (missingPackages(asked).length > 0 || !isRuntimeReady()) {
    say('npm did not install everything; `npm ci` shows why')
    return 1
  }
  spawnSync(NODE_NAME, [`${ROOT}scripts/compile-ahead.ts`], { stdio: 'ignore' })
  return 0
}

function npmCi(what, fetches) {
  // The npm that runs this script hands its own options on through the environment. The flags keep those from changing
  // what is installed. The runtime is a workspace of its own, which is left out when it is there or not needed.
  const flags = [
    what === 'all' ? '--include=dev' : '--omit=dev',
    '--include=optional',
    ...(fetches ? [] : ['--workspaces=false']),
    '--ignore-scripts=false',
    '--dry-run=false',
    '--global=false',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ]
  const {
    npm_config_workspace: _one,
    npm_config_workspaces: _all,
    npm_config_omit: _omit,
    ...env
  } = process.env
  const run = spawnSync('npm', ['ci', ...flags], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (run.status === 0) return 0
  console.error(run.stderr?.trim() || String(run.error ?? ''))
  say('npm ci failed; nothing was started')
  return run.status || 1
}
