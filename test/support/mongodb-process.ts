import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { newId } from '../../src/kernel/ids.ts'
import { temporaryDirectory } from './installation.ts'
import { buildServer, programOnPath } from './mongodb-build.ts'

/** A server that speaks the protocol of MongoDB. */
export interface TestMongo {
  readonly uri: string
  /** A database name that nobody else uses. */
  newDatabase(): string
  /** Ends the process with `kill -9`; `null` for a server that is not ours. */
  kill: (() => Promise<void>) | null
  /** Starts it again on the same port and files. */
  start(): Promise<void>
}

const given = process.env.OIDC_OP_TEST_MONGODB_URI
/** A SecantusDB (`secantusd-py` of the Python package `secantusdb`): a replica set of one, on WiredTiger. */
const secantus = process.env.OIDC_OP_TEST_SECANTUSDB
const mongod = programOnPath('mongod')
const built = given || secantus || mongod ? null : buildServer()

/** Why there is no server to test with, or `null`. */
export const noMongo =
  built && 'missing' in built
    ? `no OIDC_OP_TEST_MONGODB_URI, no mongod on the PATH, and ${built.missing}`
    : null

/** Starts a server, or uses the given one. */
export async function startMongo(): Promise<TestMongo & { stop(): Promise<void> }> {
  const newDatabase = () => `test_${newId().replaceAll('-', '')}`
  if (given) {
    return { uri: given, newDatabase, kill: null, start: async () => undefined, stop: async () => undefined }
  }
  const directory = temporaryDirectory()
  const port = await freePort()
  let child: ChildProcess | null = null
  const start = async () => {
    child = await launch(port, directory.path)
  }
  const kill = async () => {
    const ending = child
    child = null
    if (!ending || ending.exitCode !== null) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL')
    await ended
  }
  const stop = async () => {
    await kill()
    directory.remove()
  }
  await start()
  return { uri: `mongodb://127.0.0.1:${port}/`, newDatabase, kill, start, stop }
}

/** Finds a port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}

function launch(port: number, directory: string): Promise<ChildProcess> {
  const { program, args, ready } = programFor(port, directory)
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let output = ''
    const hear = (text: Buffer) => {
      if (output === 'seen') return
      output += text
      if (!ready.test(output)) return
      output = 'seen'
      resolve(child)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`The server ended with code ${code}: ${output.slice(-2000)}`)),
    )
  })
}

function programFor(port: number, directory: string): { program: string; args: string[]; ready: RegExp } {
  const address = ['--port', String(port)]
  if (secantus) {
    const place = ['--host', '127.0.0.1', '--storage-path', dataPath(directory)]
    const args = [...address, ...place, '--sync-on-commit', '--cache-size', '256M']
    return { program: secantus, args, ready: /listening on / }
  }
  if (mongod) {
    const args = [...address, '--bind_ip', '127.0.0.1', '--dbpath', dataPath(directory)]
    return { program: mongod, args, ready: /Waiting for connections/ }
  }
  return { program: 'java', args: javaArguments(port, join(directory, 'store.mv')), ready: /listening \d+/ }
}

function javaArguments(port: number, file: string): string[] {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=off'
  if (!built || 'missing' in built) throw new Error('The server is not built')
  return ['-Xmx512m', quiet, '-cp', built.classPath, 'DurableMongoServer', String(port), file]
}

function dataPath(directory: string): string {
  const path = join(directory, 'data')
  mkdirSync(path, { recursive: true })
  return path
}
