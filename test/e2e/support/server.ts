import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRelyingParty } from '../../../examples/relying-party/relying-party.ts'
import type { CommandInput, CommandType } from '../../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { tokenHash } from '../../../src/kernel/random.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import { startServer } from '../../../src/service/server.ts'
import { createServices } from '../../../src/service/services.ts'
import { readSettings } from '../../../src/settings/settings.ts'
import { installationFiles, openStorage } from '../../../src/storage/open.ts'
import { backEndSettings } from '../../support/back-end.ts'
import { temporaryDirectory } from '../../support/installation.ts'
import { openMailbox } from '../../support/mailbox.ts'

/** The secret of the example application. */
const SECRET = 'a secret of the example, long enough'

/** The whole service as an operator starts it, a mail server, and an application that signs people in with it. */
export async function openEverything() {
  const directory = temporaryDirectory()
  const mailbox = await openMailbox()
  const port = await freePort()
  const settings = readSettings(
    {
      OIDC_OP_PORT: String(port),
      OIDC_OP_DATA_DIR: directory.path,
      OIDC_OP_SMTP_URL: mailbox.url,
      OIDC_OP_MAIL_FROM: 'sign-in@example.org',
      OIDC_OP_LOG_LEVEL: 'fatal',
      ...backEndSettings(directory.path),
    },
    () => '',
  )
  const printed: string[] = []
  const server = await startServer(settings, (line) => printed.push(line))
  // Beside the server, as the command line would be.
  const storage = await openStorage(installationFiles(settings))
  const services = await createServices(storage, settings, systemClock)
  const does = async <T extends CommandType>(type: T, input: CommandInput<T>) => {
    await storage.commands.submit(command(type, input, SYSTEM_ACTOR))
  }

  const application = await openApplication(settings.issuer, async (url) => {
    await does('register-client', {
      client_id: 'example',
      name: 'The example',
      public: false,
      secret_hash: tokenHash(SECRET),
      redirect_uris: [`${url}/callback`],
      post_logout_redirect_uris: [`${url}/`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email groups offline_access',
      first_party: true,
    })
  })

  return {
    issuer: settings.issuer,
    printed,
    mailbox,
    application: application.url,
    does,
    /** Makes a link and answers its address. */
    async link(
      purpose: 'invitation' | 'recovery',
      whose: { username: string; userid?: string },
    ): Promise<string> {
      const { link_id, token, token_hash, expires_at } = services.links.create({ purpose })
      await does('issue-magic-link', { link_id, token_hash, expires_at, purpose, ...whose })
      return `${settings.issuer}/invite/${token.reveal()}`
    },
    /** Gives a person an account with a proven address and a password. */
    async register(username: string, password?: string): Promise<string> {
      const userid = generateUserid()
      await does('register-user', {
        userid,
        username,
        email: `${username}@example.org`,
        email_verified: true,
      })
      if (password !== undefined) {
        await does('set-password', { userid, password_hash: await services.passwords.hash(password) })
      }
      return userid
    },
    async close() {
      await application.close()
      await server.stop()
      await storage.close()
      await mailbox.close()
      directory.remove()
    },
  }
}

export type Everything = Awaited<ReturnType<typeof openEverything>>

async function openApplication(issuer: string, register: (url: string) => Promise<void>) {
  const port = await freePort()
  const url = `http://localhost:${port}`
  await register(url)
  const answer = await createRelyingParty({ issuer, clientId: 'example', clientSecret: SECRET, url })
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, close }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
