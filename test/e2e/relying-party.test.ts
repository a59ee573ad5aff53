import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cliWords, shellSnippets } from '../guides/snippets.ts'
import { UserAgent } from '../oidc/support/user-agent.ts'
import { submitForm } from './support/forms.ts'
import { type RunningServer, startRunningServer } from './support/running-server.ts'
import { signInAt } from './support/sign-in.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/relying-party/server.ts', import.meta.url))

let server: RunningServer
let app: { url: string; process: ChildProcess }
beforeAll(async () => {
  server = await startRunningServer()
  const url = `http://localhost:${await freePort()}`
  // As the guide says it, for another address than the one that it names.
  const [registration = ''] = shellSnippets('connect-an-application')
  const words = cliWords(registration.replaceAll('http://localhost:3000', url))
  const { client_secret } = (await server.cli(...words)) as { client_secret: string }
  app = {
    url,
    process: await startExample({ ISSUER: server.issuer, CLIENT_SECRET: client_secret, APP_URL: url }),
  }
})
afterAll(async () => {
  app.process.kill()
  await server.close()
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, 'localhost', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function startExample(environment: Record<string, string>): Promise<ChildProcess> {
  const example = spawn(process.execPath, [EXAMPLE], {
    env: { ...process.env, ...environment },
    stdio: 'pipe',
  })
  await new Promise<void>((resolve, reject) => {
    example.stdout.once('data', () => resolve())
    example.stderr.once('data', (data) => reject(new Error(String(data))))
  })
  return example
}

it('the example application signs somebody in, shows the claims, refreshes, and signs out', async () => {
  const agent = new UserAgent()
  const home = async () => (await agent.send(`${app.url}/`)).text()
  expect(await home()).toContain('You are not signed in here.')

  const login = await agent.send(`${app.url}/login`)
  const consent = await signInAt(
    server,
    agent,
    new URL(login.headers.get('location') ?? ''),
    server.administrator,
  )
  const html = await (await agent.send(consent.href)).text()
  expect(html).toContain('Example')
  const allowed = await submitForm(agent, consent.href, html, { decision: 'allow' })
  const next = new URL(allowed.headers.get('location') ?? '', server.issuer).href
  const callback = await agent.follow(next, server.issuer)
  await agent.follow(callback.url, app.url)

  const signedIn = await home()
  expect(signedIn).toContain('&quot;preferred_username&quot;: &quot;grace&quot;')
  await submitForm(agent, `${app.url}/`, signedIn)
  expect(await home()).toContain('<span id="refreshes">1</span>')

  const leaving = await agent.post(`${app.url}/logout`, {})
  const question = leaving.headers.get('location') ?? ''
  const asked = await (await agent.send(question)).text()
  const done = await submitForm(agent, question, asked)
  expect(done.headers.get('location')).toBe(`${app.url}/`)
  expect(await home()).toContain('You are not signed in here.')
})
