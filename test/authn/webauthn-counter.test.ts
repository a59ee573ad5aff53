import { describe, expect, it } from 'vitest'
import { CounterRegressed } from '../../src/authn/webauthn-refusal.ts'
import { refusal } from './refusals.ts'
import type { CeremonyOverrides } from './software-authenticator.ts'
import { webauthnFixture } from './webauthn-fixture.ts'

describe('the counter', () => {
  it.each([
    ['repeats', 7, 7],
    ['falls', 7, 6],
    ['falls to zero', 7, 0],
  ])('that %s is flagged when the signature is good', async (_, storedCount, reportedCount) => {
    const { register, authenticate } = webauthnFixture()
    const { credential_id } = await register({ counter: storedCount })
    const refused = await refusal(authenticate({ counter: reportedCount }))
    expect(refused).toBeInstanceOf(CounterRegressed)
    expect(refused).toMatchObject({
      code: 'counter_regressed',
      credentialId: credential_id,
      storedCount,
      reportedCount,
    })
    expect(refused.message).not.toContain(credential_id)
  })

  it.each<CeremonyOverrides>([
    { tamper: 'signature' },
    { tamper: 'authenticatorData' },
    { tamper: 'clientDataJSON' },
    { origin: 'https://evil.example' },
  ])('is not even looked at when the rest is wrong: %j', async (overrides) => {
    const { register, authenticate } = webauthnFixture()
    await register({ counter: 1000 })
    const refused = await refusal(authenticate({ counter: 3, ...overrides }))
    expect(refused.code).toBe('credential_rejected')
    expect(refused).not.toBeInstanceOf(CounterRegressed)
  })

  it('may always stay at zero', async () => {
    const { register, authenticate } = webauthnFixture({ counting: false })
    await register()
    for (let time = 0; time < 3; time += 1) expect(await authenticate()).toMatchObject({ new_sign_count: 0 })
  })

  it('may jump, up to its greatest value', async () => {
    const { register, authenticate } = webauthnFixture()
    await register({ counter: 0xfffffffe })
    expect(await authenticate({ counter: 0xffffffff })).toMatchObject({ new_sign_count: 0xffffffff })
  })
})
