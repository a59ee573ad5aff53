import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServer } from '../../../src/service/server.ts'
import { readSettings } from '../../../src/settings/settings.ts'
import { UserAgent } from '../../oidc/support/user-agent.ts'
import { backEndSettings } from '../../support/back-end.ts'
import { temporaryDirectory } from '../../support/installation.ts'
import { submitForm } from './forms.ts'

const run = promisify(execFile)
const CLI = fileURLToPath(new URL('../../../src/cli/entry.ts', import.meta.url))

/** A whole server that listens, as `npm start` makes it, with one administrator. */
export interface RunningServer {
  issuer: string
  administrator: { username: string; password: string }
  /** Runs the command line beside the server, and reads its JSON. */
  cli(...words: string[]): Promise<unknown>
  /** Invites a person, who accepts with a password. */
  invite(username: string, password: string): Promise<void>
  close(): Promise<void>
}

/** Starts a server in a directory of its own and takes it over by the claim link that it prints. */
export async function startRunningServer(): Promise<RunningServer> {
  const directory = temporaryDirectory()
  const environment = {
    OIDC_OP_PORT: '0',
    OIDC_OP_DATA_DIR: directory.path,
    OIDC_OP_SQLITE_PATH: join(directory.path, 'oidc_op.db'),
    OIDC_OP_LOG_LEVEL: 'fatal',
    ...backEndSettings(directory.path),
  }
  const lines: string[] = []
  const server = await startServer(
    readSettings(environment, () => ''),
    (line) => lines.push(line),
  )
  const claim = lines.map((line) => /^claim: (.+)$/.exec(line)?.[1]).find((url) => url !== undefined) ?? ''
  const issuer = new URL(claim).origin

  const accept = async (url: string, fields: Record<string, string>) => {
    const agent = new UserAgent()
    const page = await agent.send(url)
    const answer = await submitForm(agent, url, await page.text(), fields)
    if (answer.status !== 303) throw new Error(`The invitation was not accepted: ${await answer.text()}`)
  }
  const cli = async (...words: string[]) => {
    const env = { ...process.env, ...environment, OIDC_OP_ISSUER: issuer }
    const { stdout } = await run(process.execPath, [CLI, ...words, '--json'], { env })
    return JSON.parse(stdout) as unknown
  }
  const administrator = { username: 'grace', password: 'compilers speak to people' }
  await accept(claim, administrator)
  return {
    issuer,
    administrator,
    cli,
    async invite(username, password) {
      const { url } = (await cli('invite', 'create', '--username', username)) as { url: string }
      await accept(url, { password })
    },
    async close() {
      await server.stop()
      directory.remove()
    },
  }
}
