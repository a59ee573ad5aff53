// The entry of the command line: runs one command and sets the exit code.
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { Cli } from './console/console.ts'
import { describeFailure } from './console/failure.ts'
import { createProgram } from './program.ts'

process.umask(0o077)
// The reader of a pipe may stop early, as `head` does; then the process ends quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const cli = new Cli({
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  userName: operator(),
})

try {
  await createProgram(cli).parseAsync()
  process.exitCode = cli.exitCode
} catch (error) {
  const { exitCode, message } = describeFailure(error)
  if (message !== null) console.error(message)
  process.exitCode = exitCode
}

/** Returns the name of the operating-system user; a container may run under a user id without a name. */
function operator(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
