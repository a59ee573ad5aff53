import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('mongodb-server', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mongodb-server', import.meta.url))

/** How long a lock or a failure counts, in milliseconds: longer than a build takes. */
const COUNTS = 300_000

/** Finds a program on the search path, or answers `null`. */
export function programOnPath(name: string): string | null {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name)
    if (directory !== '' && existsSync(path)) return path
  }
  return null
}

/**
 * Builds the server with Maven and javac, once for each state of its source, and answers its class path; or says
 * why it cannot be built here. Test files that run at the same time wait for the one that builds.
 */
export function buildServer(): { classPath: string } | { missing: string } {
  const built = join(CACHE, sourceHash())
  const missing = ['java', ...(existsSync(built) ? [] : ['javac', 'mvn'])].filter(
    (name) => !programOnPath(name),
  )
  if (missing.length > 0) return { missing: `${missing.join(', ')} not found` }
  mkdirSync(CACHE, { recursive: true })
  while (!existsSync(built)) {
    const failure = readFresh(`${built}.failed`)
    if (failure !== null) return { missing: failure }
    if (takeLock()) {
      try {
        build(built)
      } catch (error) {
        writeFileSync(`${built}.failed`, `the server could not be built: ${String(error).split('\n')[0]}`)
      } finally {
        rmSync(lock, { recursive: true, force: true })
      }
    } else {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  return { classPath: [join(built, 'classes'), join(built, 'lib', '*')].join(delimiter) }
}

const lock = join(CACHE, 'lock')

function takeLock(): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch {
    if (existsSync(lock) && age(lock) > COUNTS) rmSync(lock, { recursive: true, force: true })
    return false
  }
}

function build(built: string): void {
  const draft = `${built}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(join(draft, 'classes'), { recursive: true })
  const maven = ['-q', '-B', '-f', join(SOURCE, 'pom.xml'), 'dependency:copy-dependencies']
  execFileSync('mvn', [...maven, `-DoutputDirectory=${join(draft, 'lib')}`], { stdio: ['ignore', 2, 2] })
  const sources = javaFiles().map((name) => join(SOURCE, name))
  const javac = ['-d', join(draft, 'classes'), '-cp', join(draft, 'lib', '*'), ...sources]
  execFileSync('javac', javac, { stdio: ['ignore', 2, 2] })
  renameSync(draft, built)
}

function readFresh(path: string): string | null {
  return existsSync(path) && age(path) < COUNTS ? readFileSync(path, 'utf8') : null
}

const age = (path: string) => Date.now() - statSync(path).mtimeMs
const javaFiles = () => readdirSync(SOURCE).filter((name) => name.endsWith('.java'))

function sourceHash(): string {
  const hash = createHash('sha256')
  for (const name of ['pom.xml', ...javaFiles()]) hash.update(readFileSync(join(SOURCE, name)))
  return hash.digest('hex').slice(0, 16)
}
