import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('mongodb-server', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mongodb-server', import.meta.url))

/** Finds a program on the search path, or answers `null`. */
export function programOnPath(name: string): string | null {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name)
    if (directory !== '' && existsSync(path)) return path
  }
  return null
}

/** Says why the server of `mongodb-server` can be neither used nor built here, or `null` when it can. */
export function cannotBuild(): string | null {
  const missing = ['java', ...(existsSync(builtPath()) ? [] : ['javac', 'mvn'])].filter(
    (name) => !programOnPath(name),
  )
  return missing.length === 0 ? null : `${missing.join(', ')} not found`
}

/** Builds the server with Maven and javac, once for each state of its source; answers the class path. */
export function buildServer(): string {
  const built = builtPath()
  if (!existsSync(built)) {
    const draft = `${built}.${process.pid}`
    mkdirSync(join(draft, 'classes'), { recursive: true })
    const maven = ['-q', '-B', '-f', join(SOURCE, 'pom.xml'), 'dependency:copy-dependencies']
    execFileSync('mvn', [...maven, `-DoutputDirectory=${join(draft, 'lib')}`], { stdio: ['ignore', 2, 2] })
    const sources = javaFiles().map((name) => join(SOURCE, name))
    const javac = ['-d', join(draft, 'classes'), '-cp', join(draft, 'lib', '*'), ...sources]
    execFileSync('javac', javac, { stdio: ['ignore', 2, 2] })
    try {
      renameSync(draft, built)
    } catch (error) {
      // Another test file was faster.
      rmSync(draft, { recursive: true, force: true })
      if (!existsSync(built)) throw error
    }
  }
  return [join(built, 'classes'), join(built, 'lib', '*')].join(delimiter)
}

function javaFiles(): string[] {
  return readdirSync(SOURCE).filter((name) => name.endsWith('.java'))
}

function builtPath(): string {
  const hash = createHash('sha256')
  for (const name of ['pom.xml', ...javaFiles()]) hash.update(readFileSync(join(SOURCE, name)))
  return join(CACHE, hash.digest('hex').slice(0, 16))
}
