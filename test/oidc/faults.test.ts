import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DocumentStore } from '../../src/documents/port.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { authorizationUrl, authorize, pkce, redeem } from './support/flow.ts'
import { type Harness, openHarness } from './support/harness.ts'
import { UserAgent } from './support/user-agent.ts'

let harness: Harness
/** What writing a document of a kind throws. */
let broken: { kind: string; error: Error } | null = null

const breakable = (documents: DocumentStore): DocumentStore =>
  new Proxy(documents, {
    get(target, property) {
      const method = Reflect.get(target, property).bind(target)
      if (property !== 'upsert') return method
      return (kind: string, ...rest: unknown[]) =>
        broken?.kind === kind ? Promise.reject(broken.error) : method(kind, ...rest)
    },
  })

beforeEach(async () => {
  harness = await openHarness({ around: breakable })
  await harness.registerClient({ client_id: 'app' })
})
afterEach(async () => {
  broken = null
  await harness.close()
})

async function freshCode() {
  const agent = new UserAgent()
  await harness.signIn(agent, await harness.registerUser())
  const { parameters, verifier } = await authorize(harness, agent, { client_id: 'app' })
  return { code: parameters.code, verifier }
}

it.each(['oidc:AccessToken', 'oidc:RefreshToken'])(
  'gives nothing out when %s could not be kept',
  async (kind) => {
    const code = await freshCode()
    broken = { kind, error: new Refusal('overloaded', 'Too much is waiting') }
    const { status, body, headers } = await redeem(harness, 'app', code)
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('1')
    expect(body).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'the service is busy; try again',
    })
    expect(harness.faults).toEqual([broken.error])
  },
)

it('answers an unknown fault without telling what it was', async () => {
  const code = await freshCode()
  broken = { kind: 'oidc:AccessToken', error: new Error('a secret of the disk') }
  const { status, body } = await redeem(harness, 'app', code)
  expect(status).toBe(500)
  expect(body).toEqual({ error: 'server_error', error_description: 'something went wrong here' })
  expect(harness.faults).toEqual([broken.error])
})

it('shows people a page, and sends them nowhere', async () => {
  broken = { kind: 'oidc:Interaction', error: new Refusal('storage_full', 'The disk is full') }
  const url = authorizationUrl(harness, { client_id: 'app', code_challenge: pkce().challenge })
  const response = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })
  expect(response.status).toBe(503)
  expect(response.headers.get('location')).toBeNull()
  expect(await response.text()).toContain('id="fault"')
})
