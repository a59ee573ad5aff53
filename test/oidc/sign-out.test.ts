import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorize, refresh, tokensFor, userinfo } from './support/flow.ts'
import { type Harness, openHarness, SIGNED_OUT_URI } from './support/harness.ts'
import type { UserAgent } from './support/user-agent.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
  await harness.registerClient({ client_id: 'app' })
  await harness.registerClient({ client_id: 'other' })
})
afterAll(async () => {
  expect(harness.faults).toEqual([])
  await harness.close()
})

const endSession = (parameters: Record<string, string>) =>
  `${harness.issuer}/oidc/end_session?${new URLSearchParams(parameters)}`

/** Reads the form of the page that asks. */
async function ask(agent: UserAgent, parameters: Record<string, string>) {
  const response = await agent.send(endSession(parameters))
  const text = await response.text()
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
  return { response, text, xsrf, action: /action="([^"]+)"/.exec(text)?.[1] ?? '' }
}

describe('signing out at an application', () => {
  it('asks, then ends the session here and everything issued in it', async () => {
    const {
      agent,
      userid,
      session,
      id_token = '',
      access_token,
      refresh_token,
    } = await tokensFor(harness, 'app', {
      scope: 'openid offline_access',
    })
    const parameters = { id_token_hint: id_token, post_logout_redirect_uri: SIGNED_OUT_URI, state: 'xyz' }
    const { response, action, xsrf } = await ask(agent, parameters)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://app.example.org",
    )
    expect((await userinfo(harness, access_token)).status).toBe(200)

    harness.newEvents()
    const done = await agent.post(action, { xsrf, logout: 'yes' }, { origin: harness.issuer })
    expect(done.status).toBe(303)
    expect(done.headers.get('location')).toBe(`${SIGNED_OUT_URI}?state=xyz`)
    expect(harness.newEvents()).toEqual([
      { type: 'SessionEnded', subject: userid, client: 'app', session: session.sessionId, actor: userid },
    ])
    expect((await userinfo(harness, access_token)).status).toBe(401)
    expect((await refresh(harness, 'app', refresh_token)).status).toBe(400)
    expect((await authorize(harness, agent, { client_id: 'other', prompt: 'none' })).parameters.error).toBe(
      'login_required',
    )
  })

  it('ends on our own page when the application wants nobody back', async () => {
    const { agent, id_token = '' } = await tokensFor(harness, 'app')
    const { action, xsrf } = await ask(agent, { id_token_hint: id_token })
    const done = await agent.post(action, { xsrf, logout: 'yes' })
    const { response } = await agent.follow(done.headers.get('location') ?? '')
    expect(await response?.text()).toContain('signed-out')
  })

  it.each(['https://evil.example.org/', `${SIGNED_OUT_URI}/`, `${SIGNED_OUT_URI}?x`, 'javascript:alert(1)'])(
    'O13 does not lead to %s, which is not registered',
    async (uri) => {
      const { agent, id_token = '' } = await tokensFor(harness, 'app')
      const { response, text } = await ask(agent, { id_token_hint: id_token, post_logout_redirect_uri: uri })
      expect(response.status).toBe(400)
      expect(text).toContain('post_logout_redirect_uri not registered')
    },
  )

  it('O13 leads nowhere for an application that did not say who it is', async () => {
    const { agent } = await tokensFor(harness, 'app')
    const { action, xsrf } = await ask(agent, { post_logout_redirect_uri: SIGNED_OUT_URI })
    const done = await agent.post(action, { xsrf, logout: 'yes' })
    expect(done.headers.get('location')).toBe(`${harness.issuer}/oidc/end_session/success`)
  })

  it('O13 leads nowhere for an application that says it is another', async () => {
    const { agent, id_token = '' } = await tokensFor(harness, 'app')
    const { response } = await ask(agent, { id_token_hint: id_token, client_id: 'other' })
    expect(response.status).toBe(400)
  })

  it('S8 takes the form of our own page only', async () => {
    const { agent, access_token, id_token = '' } = await tokensFor(harness, 'app')
    const { action, xsrf } = await ask(agent, { id_token_hint: id_token })
    const fields = { xsrf, logout: 'yes' }
    expect((await agent.post(action, fields, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await agent.post(action, fields, { origin: 'null' })).status).toBe(403)
    expect((await agent.post(action, { ...fields, xsrf: 'guessed' })).status).toBe(400)
    expect((await userinfo(harness, access_token)).status).toBe(200)
  })

  it('S8 an address alone signs nobody out', async () => {
    const { agent, access_token, id_token = '' } = await tokensFor(harness, 'app')
    await agent.send(endSession({ id_token_hint: id_token, logout: 'yes' }))
    await agent.send(`${harness.issuer}/oidc/end_session/confirm`)
    expect((await userinfo(harness, access_token)).status).toBe(200)
  })
})
