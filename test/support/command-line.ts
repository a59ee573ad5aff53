import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Cli } from '../../src/cli/console/console.ts'
import { describeFailure } from '../../src/cli/console/failure.ts'
import { createProgram } from '../../src/cli/program.ts'

/** The result of a run of the command line. */
export interface Run {
  code: number
  stdout: string
  stderr: string
}

interface Circumstances {
  stdin?: string
  env?: Record<string, string>
}

/** Who is at the keyboard in tests that run the command line in their own process. */
export const OPERATOR = 'tester'

const MAIN = fileURLToPath(new URL('../../src/cli/entry.ts', import.meta.url))

/** Runs the command line in this process, on the data directory given. */
export async function countersign(
  directory: string,
  args: readonly string[],
  { stdin = '', env = {} }: Circumstances = {},
): Promise<Run> {
  const run = { code: 0, stdout: '', stderr: '' }
  const cli = new Cli({
    env: { OIDC_OP_DATA_DIR: directory, ...env },
    readFile: (path) => readFileSync(path, 'utf8'),
    stdin: (async function* () {
      yield stdin
    })(),
    stdout: { write: (text) => (run.stdout += text) },
    stderr: { write: (text) => (run.stderr += text) },
    userName: OPERATOR,
  })
  try {
    await createProgram(cli).parseAsync(args, { from: 'user' })
    run.code = cli.exitCode
  } catch (error) {
    const failure = describeFailure(error)
    run.code = failure.exitCode
    if (failure.message !== null) run.stderr += `${failure.message}\n`
  }
  return run
}

/** Runs a command that must succeed, and gives what it answered in JSON. */
export async function answerOf(directory: string, args: readonly string[], more?: Circumstances) {
  const { code, stdout, stderr } = await countersign(directory, [...args, '--json'], more)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

/** Starts the command line as a process of its own. */
export function startProcess(directory: string, args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, OIDC_OP_DATA_DIR: directory, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs the command line as a process of its own, to its end. */
export function runProcess(
  directory: string,
  args: readonly string[],
  { stdin = '', env = {} }: Circumstances = {},
): Promise<Run> {
  const child = startProcess(directory, args, env)
  const run: Run = { code: -1, stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    run.stdout += text
  })
  child.stderr.on('data', (text) => {
    run.stderr += text
  })
  child.stdin.end(stdin)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ ...run, code: code ?? -1 }))
  })
}
