import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { payloadOf, redeem, refresh, tokensFor, userinfo } from './support/flow.ts'
import { type Harness, openHarness } from './support/harness.ts'
import { travel, travelHome } from './support/time-travel.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
  const scope = 'openid profile email groups offline_access admin'
  await harness.registerClient({ client_id: 'app', scope })
  await harness.registerClient({ client_id: 'other', scope })
})
afterAll(() => harness.close())
afterEach(() => {
  travelHome()
  expect(harness.faults).toEqual([])
})

const OFFLINE = { scope: 'openid offline_access' }

describe('O4 refresh tokens rotate', () => {
  it('O4 each is good once, and the next one too', async () => {
    const { refresh_token, id_token } = await tokensFor(harness, 'app')
    const first = await refresh(harness, 'app', refresh_token)
    expect(first.status).toBe(200)
    expect(first.body.refresh_token).not.toBe(refresh_token)
    const second = await refresh(harness, 'app', first.body.refresh_token)
    expect(second.status).toBe(200)
    expect((await userinfo(harness, second.body.access_token)).status).toBe(200)
    const [before, after] = [payloadOf(id_token), payloadOf(second.body.id_token)]
    expect({ sub: after.sub, auth_time: after.auth_time, amr: after.amr }).toEqual({
      sub: before.sub,
      auth_time: before.auth_time,
      amr: before.amr,
    })
  })

  it('O4 reuse kills the family, also after a restart', async () => {
    const { userid, refresh_token, access_token } = await tokensFor(harness, 'app', OFFLINE)
    const next = await refresh(harness, 'app', refresh_token)
    harness.newEvents()
    await harness.restart()
    expect((await refresh(harness, 'app', refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(harness, 'app', next.body.refresh_token)).body.error).toBe('invalid_grant')
    for (const token of [access_token, next.body.access_token]) {
      expect((await userinfo(harness, token)).status).toBe(401)
      expect(await harness.oidc.readToken(token ?? '')).toBeNull()
    }
    const reuse = { type: 'TokenReuseDetected', subject: userid, client: 'app' }
    expect(harness.newEvents()).toMatchObject([reuse])
    await refresh(harness, 'app', refresh_token)
    expect(harness.newEvents()).toEqual([])
  })

  it('O4 a token that another client presents harms nobody', async () => {
    const { refresh_token } = await tokensFor(harness, 'app')
    expect((await refresh(harness, 'other', refresh_token)).body.error).toBe('invalid_grant')
    const next = await refresh(harness, 'app', refresh_token)
    expect(next.status).toBe(200)
    expect((await refresh(harness, 'other', refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(harness, 'app', next.body.refresh_token)).status).toBe(200)
  })

  it('O4 a family does not touch another', async () => {
    const [one, two] = [await tokensFor(harness, 'app'), await tokensFor(harness, 'app')]
    await refresh(harness, 'app', one.refresh_token)
    await refresh(harness, 'app', one.refresh_token)
    expect((await refresh(harness, 'app', two.refresh_token)).status).toBe(200)
  })

  it('O4 a replayed code ends what was refreshed since', async () => {
    const { code, verifier, refresh_token } = await tokensFor(harness, 'app')
    const next = await refresh(harness, 'app', refresh_token)
    expect((await redeem(harness, 'app', { code, verifier })).status).toBe(400)
    expect((await refresh(harness, 'app', next.body.refresh_token)).status).toBe(400)
  })
})

describe('O5 every refresh checks again', () => {
  const works = async (refreshToken: string | undefined) =>
    (await refresh(harness, 'app', refreshToken)).status === 200

  it('O5 the person', async () => {
    const { userid, refresh_token, access_token } = await tokensFor(harness, 'app', OFFLINE)
    await harness.does('change-user', { userid, changes: { active: false } })
    expect((await userinfo(harness, access_token)).status).toBe(401)
    expect(await works(refresh_token)).toBe(false)
    const erased = await tokensFor(harness, 'app', OFFLINE)
    await harness.does('erase-user', { userid: erased.userid })
    expect(await works(erased.refresh_token)).toBe(false)
  })

  it('O5 the session, while it runs', async () => {
    const { session, refresh_token } = await tokensFor(harness, 'app', OFFLINE)
    await harness.does('end-session', { session_id: session.sessionId, reason: 'administrator' })
    expect(await works(refresh_token)).toBe(false)
  })

  it('O5 the client', async () => {
    await harness.registerClient({ client_id: 'passing' })
    const { access_token, refresh_token } = await tokensFor(harness, 'passing', OFFLINE)
    await harness.does('change-client', {
      client_id: 'passing',
      changes: { grant_types: ['authorization_code'] },
    })
    expect((await refresh(harness, 'passing', refresh_token)).status).toBe(400)
    await harness.does('remove-client', { client_id: 'passing' })
    expect((await refresh(harness, 'passing', refresh_token)).status).toBe(401)
    expect((await userinfo(harness, access_token)).status).toBe(401)
    expect(await harness.oidc.readToken(access_token ?? '')).toBeNull()
  })

  it('O5 the scopes of the client', async () => {
    await harness.registerClient({ client_id: 'shrinking', scope: 'openid email profile' })
    const { access_token, refresh_token } = await tokensFor(harness, 'shrinking', {
      scope: 'openid email profile',
    })
    await harness.does('change-client', { client_id: 'shrinking', changes: { scope: 'openid profile' } })
    expect((await refresh(harness, 'shrinking', refresh_token)).body.scope).toBe('openid profile')
    expect(await harness.oidc.readToken(access_token ?? '')).toMatchObject({
      token: { scopes: ['openid', 'profile'] },
    })
  })

  it('O5 the groups of the person', async () => {
    await harness.registerUser({ groups: ['admin'] })
    const userid = await harness.registerUser({ groups: ['admin', 'staff'] })
    const scope = 'openid groups admin'
    const { refresh_token, body } = await tokensFor(harness, 'app', { userid, scope }).then((all) => ({
      ...all,
      body: all.answer.body,
    }))
    expect(body.scope).toBe(scope)
    await harness.does('change-user', { userid, changes: { groups: ['staff'] } })
    const next = await refresh(harness, 'app', refresh_token)
    expect(next.body.scope).toBe('openid groups')
    const claims = await (await userinfo(harness, next.body.access_token)).json()
    expect(claims).toMatchObject({ sub: userid, groups: ['staff'] })
  })

  it('O5 asks for no more scopes than were given', async () => {
    const { refresh_token } = await tokensFor(harness, 'app', { scope: 'openid email' })
    const { body } = await (await import('./support/flow.ts')).token(harness, 'app', {
      grant_type: 'refresh_token',
      refresh_token: refresh_token ?? '',
      scope: 'openid email profile',
    })
    expect(body.error).toBe('invalid_scope')
  })
})

describe('how long a refresh token lives', () => {
  it('ends with the session without offline_access', async () => {
    const { refresh_token } = await tokensFor(harness, 'app')
    travel(12 * HOUR - MINUTE)
    const next = await refresh(harness, 'app', refresh_token)
    expect(next.status).toBe(200)
    travel(12 * HOUR + MINUTE)
    expect((await refresh(harness, 'app', next.body.refresh_token)).status).toBe(400)
  })

  it('with offline_access outlives the session, and the next sign-in of the person', async () => {
    const { userid, refresh_token } = await tokensFor(harness, 'app', OFFLINE)
    travel(2 * DAY)
    const { UserAgent } = await import('./support/user-agent.ts')
    await harness.signIn(new UserAgent(), userid)
    expect((await refresh(harness, 'app', refresh_token)).status).toBe(200)
  })

  it('with offline_access ends after two weeks unused', async () => {
    const { refresh_token } = await tokensFor(harness, 'app', OFFLINE)
    travel(14 * DAY + MINUTE)
    expect((await refresh(harness, 'app', refresh_token)).status).toBe(400)
  })

  it('with offline_access ends after ninety days however much it is used', async () => {
    const { refresh_token } = await tokensFor(harness, 'app', OFFLINE)
    let current = refresh_token
    for (let day = 10; day < 90; day += 10) {
      travel(day * DAY)
      const { status, body } = await refresh(harness, 'app', current)
      expect({ day, status }).toEqual({ day, status: 200 })
      current = body.refresh_token
    }
    travel(90 * DAY + MINUTE)
    expect((await refresh(harness, 'app', current)).status).toBe(400)
  })
})
