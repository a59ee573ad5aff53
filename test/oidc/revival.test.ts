import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenHash } from '../../src/kernel/random.ts'
import { about, authorize, redeem, refresh, token, tokensFor, userinfo } from './support/flow.ts'
import { type Harness, openHarness, REDIRECT_URI, SECRET } from './support/harness.ts'
import { travel, travelHome } from './support/time-travel.ts'
import { UserAgent } from './support/user-agent.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
})
afterAll(async () => {
  expect(harness.faults).toEqual([])
  await harness.close()
})

const SCOPE = 'openid email offline_access admin'
const GRANTS = ['authorization_code', 'refresh_token', 'client_credentials'] as const
let count = 0

const register = (client_id: string) =>
  harness.registerClient({ client_id, scope: SCOPE, grant_types: [...GRANTS] })

/** Everything that can be issued, each from a person and client of its own. */
async function issued() {
  count += 1
  const clientId = `app-${count}`
  await register(clientId)
  const userid = await harness.registerUser({ groups: ['admin'] })
  const tokens = await tokensFor(harness, clientId, { scope: SCOPE, userid })
  const { parameters, verifier } = await authorize(harness, tokens.agent, {
    client_id: clientId,
    scope: SCOPE,
  })
  const machine = await token(harness, clientId, { grant_type: 'client_credentials', scope: 'admin' })
  return { clientId, userid, tokens, code: parameters.code, verifier, machine: machine.body.access_token }
}
type Issued = Awaited<ReturnType<typeof issued>>

/** What still works of what was issued; scopes as the introspection tells them. */
async function alive({ clientId, tokens, code, verifier, machine }: Issued) {
  const scopeOf = async (value: string | undefined) => {
    const answer = await (await about(harness, 'introspect', clientId, value)).json()
    return answer.active === true ? String(answer.scope ?? '') : null
  }
  const found = {
    access: await scopeOf(tokens.access_token),
    machine: await scopeOf(machine),
    claims: (await userinfo(harness, tokens.access_token)).status === 200,
    api: (await harness.oidc.readToken(tokens.access_token ?? '')) !== null,
    code: (await redeem(harness, clientId, { code, verifier })).body.scope ?? null,
    refresh: (await refresh(harness, clientId, tokens.refresh_token)).body.scope ?? null,
  }
  return found
}

const ALL = {
  access: SCOPE,
  machine: 'admin',
  claims: true,
  api: true,
  code: SCOPE,
  refresh: SCOPE,
}
const NONE = { access: null, machine: null, claims: false, api: false, code: null, refresh: null }
const WITHOUT_ADMIN = 'openid email offline_access'

const client = (clientId: string, changes: Parameters<typeof harness.does<'change-client'>>[1]['changes']) =>
  harness.does('change-client', { client_id: clientId, changes })

/** What is taken away and given back, and what is left of everything that was issued before. */
const TAKEN: [string, (issued: Issued) => Promise<void>, typeof ALL | typeof NONE | object][] = [
  ['nothing', async () => undefined, ALL],
  [
    'the client',
    async ({ clientId }) => {
      await harness.does('remove-client', { client_id: clientId })
      await register(clientId)
    },
    NONE,
  ],
  [
    'the secret, for the same again',
    async ({ clientId }) => {
      await harness.does('rotate-client-secret', { client_id: clientId, secret_hash: tokenHash(SECRET) })
    },
    { ...NONE, code: SCOPE },
  ],
  [
    'the redirect URI',
    async ({ clientId }) => {
      await client(clientId, { redirect_uris: ['https://app.example.org/other'] })
      await client(clientId, { redirect_uris: ['https://app.example.org/other', REDIRECT_URI] })
    },
    { ...ALL, code: null },
  ],
  [
    'the grant type authorization_code',
    async ({ clientId }) => {
      await client(clientId, { grant_types: ['refresh_token', 'client_credentials'] })
      await client(clientId, { grant_types: [...GRANTS] })
    },
    { ...NONE, machine: 'admin' },
  ],
  [
    'the grant type refresh_token',
    async ({ clientId }) => {
      await client(clientId, { grant_types: ['authorization_code', 'client_credentials'] })
      await client(clientId, { grant_types: [...GRANTS] })
    },
    { ...ALL, refresh: null },
  ],
  [
    'the grant type client_credentials',
    async ({ clientId }) => {
      await client(clientId, { grant_types: ['authorization_code', 'refresh_token'] })
      await client(clientId, { grant_types: [...GRANTS] })
    },
    { ...ALL, machine: null },
  ],
  [
    'the scope admin of the client',
    async ({ clientId }) => {
      await client(clientId, { scope: WITHOUT_ADMIN })
      await client(clientId, { scope: SCOPE })
    },
    { ...ALL, access: WITHOUT_ADMIN, machine: '', code: WITHOUT_ADMIN, refresh: WITHOUT_ADMIN },
  ],
  [
    'the group admin of the person',
    async ({ userid }) => {
      await harness.does('change-user', { userid, changes: { groups: [] } })
      await harness.does('change-user', { userid, changes: { groups: ['admin'] } })
    },
    { ...ALL, access: WITHOUT_ADMIN, code: WITHOUT_ADMIN, refresh: WITHOUT_ADMIN },
  ],
  [
    'the activity of the person',
    async ({ userid }) => {
      await harness.does('change-user', { userid, changes: { active: false } })
      await harness.does('change-user', { userid, changes: { active: true } })
    },
    { ...NONE, machine: 'admin' },
  ],
]

describe('A9 what is taken away and given back', () => {
  it.each(TAKEN)('revives nothing: %s', async (_what, takeAndGiveBack, left) => {
    const before = await issued()
    await takeAndGiveBack(before)
    expect(await alive(before)).toEqual(left)
  })

  it('lets new tokens have it: of a client that came back, of a member who joined again', async () => {
    const { clientId, userid, tokens } = await issued()
    await harness.does('remove-client', { client_id: clientId })
    await register(clientId)
    await harness.does('change-user', { userid, changes: { groups: [] } })
    await harness.does('change-user', { userid, changes: { groups: ['admin'] } })
    const { parameters, verifier } = await authorize(harness, tokens.agent, {
      client_id: clientId,
      scope: SCOPE,
    })
    const { body } = await redeem(harness, clientId, { code: parameters.code, verifier })
    expect(body.scope).toBe(SCOPE)
    expect((await refresh(harness, clientId, body.refresh_token)).body.scope).toBe(SCOPE)
  })

  it('lets new tokens have what was refused while it was taken away', async () => {
    const { clientId, userid, tokens } = await issued()
    const scopeNow = async () => {
      const asked = { client_id: clientId, scope: SCOPE }
      const { parameters, verifier } = await authorize(harness, tokens.agent, asked)
      return (await redeem(harness, clientId, { code: parameters.code, verifier })).body.scope
    }
    await harness.does('change-user', { userid, changes: { groups: [] } })
    expect(await scopeNow()).toBe(WITHOUT_ADMIN)
    await harness.does('change-user', { userid, changes: { groups: ['admin'] } })
    expect(await scopeNow()).toBe(SCOPE)
  })

  it('has the person asked again by an application of somebody else that came back under the same id', async () => {
    const foreign = () =>
      harness.registerClient({ client_id: 'foreign', first_party: false, scope: 'openid email' })
    await foreign()
    const agent = new UserAgent()
    await harness.signIn(agent, await harness.registerUser())
    const ask = () => authorize(harness, agent, { client_id: 'foreign', scope: 'openid email' })
    const asked = await ask()
    await agent.follow(
      (await agent.post(asked.url, { decision: 'allow' })).headers.get('location') ?? '',
      harness.issuer,
    )
    expect((await ask()).parameters.code).toBeDefined()
    await harness.does('remove-client', { client_id: 'foreign' })
    await foreign()
    const again = await ask()
    expect(again.parameters.code).toBeUndefined()
    expect(again.url).toContain('/interaction/')
  })

  it('ends what was issued to a request that had read the old secret', async () => {
    const { clientId } = await issued()
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () =>
        token(harness, clientId, { grant_type: 'client_credentials', scope: 'admin' }),
      ),
      harness
        .does('rotate-client-secret', {
          client_id: clientId,
          secret_hash: tokenHash('another secret'.repeat(3)),
        })
        .then(() => null),
    ])
    for (const answer of answers) {
      if (answer?.body.access_token) expect(await harness.oidc.readToken(answer.body.access_token)).toBeNull()
    }
  })
})

describe('A9 a sign-in that waits', () => {
  it.each([
    [
      'the redirect URI is taken off',
      (id: string) => client(id, { redirect_uris: ['https://app.example.org/other'] }),
    ],
    ['the client is removed', (id: string) => harness.does('remove-client', { client_id: id })],
  ])('ends when %s', async (_what, take) => {
    count += 1
    const clientId = `waiting-${count}`
    await harness.registerClient({ client_id: clientId })
    const agent = new UserAgent()
    const { url, response } = await authorize(harness, agent, { client_id: clientId })
    expect(response?.status).toBe(401)
    await harness.signIn(agent, await harness.registerUser())
    await take(clientId)
    const goesOn = await agent.follow(url, harness.issuer)
    expect(goesOn.response?.status).toBe(404)
  })
})

describe('S6 an authorization that outlived its session', () => {
  it.each([
    ['deactivation', (userid: string) => harness.does('change-user', { userid, changes: { active: false } })],
    [
      'a changed password',
      (userid: string) => harness.does('set-password', { userid, password_hash: '$argon2id$v=19$new' }),
    ],
    ['signing out everywhere', (userid: string) => harness.does('end-sessions', { userid, reason: 'user' })],
  ])('ends with %s, also after the person is active again', async (_what, end) => {
    const { clientId, userid, tokens } = await issued()
    try {
      travel(13 * 60 * 60_000)
      const next = await refresh(harness, clientId, tokens.refresh_token)
      expect(next.status).toBe(200)
      await end(userid)
      await harness.does('change-user', { userid, changes: { active: true } })
      expect((await refresh(harness, clientId, next.body.refresh_token)).status).toBe(400)
    } finally {
      travelHome()
    }
  })
})
