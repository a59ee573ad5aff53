import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorize, redeem, refresh, tokensFor, userinfo } from './support/flow.ts'
import { type Harness, openHarness } from './support/harness.ts'
import { UserAgent } from './support/user-agent.ts'

// The storage of the server: reads in this thread, writes in another, so that requests really overtake each other.
let harness: Harness
beforeAll(async () => {
  harness = await openHarness({ threaded: true })
  await harness.registerClient({ client_id: 'app' })
})
afterAll(async () => {
  expect(harness.faults).toEqual([])
  await harness.close()
})

const ROUNDS = process.env.COUNTERSIGN_LONG_TESTS ? 50 : 5
const twenty = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work))
const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status).sort()
const ONE_OF_TWENTY = [200, ...Array.from({ length: 19 }, () => 400)]

describe('twenty at the same time', () => {
  it('O3 redeem one code: one wins, and the others are a replay', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const agent = new UserAgent()
      const userid = await harness.registerUser()
      await harness.signIn(agent, userid)
      const { parameters, verifier } = await authorize(harness, agent, { client_id: 'app' })
      harness.newEvents()
      const answers = await twenty(() => redeem(harness, 'app', { code: parameters.code, verifier }))
      expect(statuses(answers)).toEqual(ONE_OF_TWENTY)
      const won = answers.find(({ status }) => status === 200)?.body
      expect((await userinfo(harness, won?.access_token)).status).toBe(401)
      expect((await refresh(harness, 'app', won?.refresh_token)).status).toBe(400)
      expect(harness.newEvents()).toMatchObject([{ type: 'TokenReuseDetected', subject: userid }])
    }
  })

  it('O4 refresh with one token: one wins, and the others are a reuse', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { userid, refresh_token } = await tokensFor(harness, 'app', { scope: 'openid offline_access' })
      harness.newEvents()
      const answers = await twenty(() => refresh(harness, 'app', refresh_token))
      expect(statuses(answers)).toEqual(ONE_OF_TWENTY)
      const won = answers.find(({ status }) => status === 200)?.body
      expect((await userinfo(harness, won?.access_token)).status).toBe(401)
      expect((await refresh(harness, 'app', won?.refresh_token)).status).toBe(400)
      expect(harness.newEvents()).toMatchObject([{ type: 'TokenReuseDetected', subject: userid }])
    }
  })

  it('O3 O4 what was used or killed stays so after a restart', async () => {
    const { code, verifier, refresh_token } = await tokensFor(harness, 'app', {
      scope: 'openid offline_access',
    })
    const next = await refresh(harness, 'app', refresh_token)
    const other = await tokensFor(harness, 'app', { scope: 'openid offline_access' })
    await twenty(() => refresh(harness, 'app', other.refresh_token))
    await harness.restart()
    expect((await refresh(harness, 'app', other.refresh_token)).status).toBe(400)
    expect((await userinfo(harness, other.access_token)).status).toBe(401)
    const goesOn = await refresh(harness, 'app', next.body.refresh_token)
    expect(goesOn.status).toBe(200)
    expect((await redeem(harness, 'app', { code, verifier })).status).toBe(400)
    expect((await refresh(harness, 'app', goesOn.body.refresh_token)).status).toBe(400)
  })
})
