import * as argon2 from 'argon2'
import { describe, expect, it, vi } from 'vitest'
import { PasswordRefused } from '../../src/authn/password-policy.ts'
import { DEFAULT_COST, PasswordService } from '../../src/authn/password-service.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { FAST_COST } from './fast-cost.ts'
import { refusal, refusalCode } from './refusals.ts'

// The real functions, with their calls on record: what work was done is exact, how long it took is not.
vi.mock('argon2', { spy: true })

const start = (options: { concurrency?: number; queueLimit?: number; cost?: typeof FAST_COST } = {}) =>
  PasswordService.start({ random: systemRandom, concurrency: 2, cost: FAST_COST, ...options })

const yes = { ok: true, needsRehash: false }
const no = { ok: false, needsRehash: false }

describe('hashing and verifying', () => {
  it('gives an argon2id PHC string at the configured cost with a salt of its own', async () => {
    const service = await start()
    const [first, second] = await Promise.all([
      service.hash('vexed-umbra-kin'),
      service.hash('vexed-umbra-kin'),
    ])
    expect(first).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(first).not.toBe(second)
    expect(await service.verify('vexed-umbra-kin', first)).toEqual(yes)
    expect(await service.verify('vexed-umbra-kim', first)).toEqual(no)
    expect(await argon2.verify(first, 'vexed-umbra-kin')).toBe(true)
  })

  it('takes the OWASP cost by default', async () => {
    const service = await PasswordService.start({ random: systemRandom, concurrency: 1 })
    expect(await service.hash('vexed-umbra-kin')).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
    expect(DEFAULT_COST).toEqual({ memoryKib: 19_456, iterations: 2, parallelism: 1 })
  })

  it('takes every spelling of the same characters as the same password', async () => {
    const service = await start()
    const stored = await service.hash('Åse går på ﬁske i år'.normalize('NFD'))
    expect(await service.verify('Åse går på fiske i år'.normalize('NFC'), stored)).toEqual(yes)
  })

  it('cuts nothing off, neither after a NUL nor after 72 bytes', async () => {
    const service = await start()
    expect(await service.verify('vexed\0umbra', await service.hash('vexed\0kin'))).toEqual(no)
    expect(await service.verify('vexed', await service.hash('vexed\0kin'))).toEqual(no)
    const stem = 'umbra kin '.repeat(12)
    expect(await service.verify(`${stem}b`, await service.hash(`${stem}a`))).toEqual(no)
  })

  it('asks for a new hash after the cost has changed, and only of who knew the password', async () => {
    const old = await start()
    const stored = await old.hash('vexed-umbra-kin')
    for (const changed of [{ memoryKib: 16 }, { iterations: 2 }, { parallelism: 2, memoryKib: 16 }]) {
      const service = await start({ cost: { ...FAST_COST, ...changed } })
      expect(await service.verify('vexed-umbra-kin', stored)).toEqual({ ok: true, needsRehash: true })
      expect(await service.verify('vexed-umbra-kim', stored)).toEqual(no)
    }
  })
})

describe('input that no password can be', () => {
  it.each([
    ['too_long', 'x'.repeat(129)],
    ['too_long', 'x'.repeat(1 << 20)],
    ['too_long', '\u0301'.repeat(600)],
    ['malformed', 'vexed-umbra-kin\ud83d'],
  ])('is refused as %s before it is hashed', async (fault, password) => {
    const service = await start()
    const refused = await refusal(service.hash(password))
    expect(refused).toBeInstanceOf(PasswordRefused)
    expect(refused).toMatchObject({ code: 'invalid_input', fault })
    expect(await service.verify(password, await service.hash(''))).toEqual(no)
  })

  it('does not take one lone surrogate for another', async () => {
    const service = await start()
    expect(await service.verify('umbra\ud800', await service.hash('umbra\ufffd'))).toEqual(no)
  })
})

describe('the decoy', () => {
  it('answers no for who has no password', async () => {
    const service = await start()
    expect(await service.verify('vexed-umbra-kin', null)).toEqual(no)
    expect(await service.verify('', null)).toEqual(no)
    expect(await service.verify('x'.repeat(5000), null)).toEqual(no)
  })

  it('does the work of a wrong password: one verification at the same cost', async () => {
    const service = await start()
    const stored = await service.hash('vexed-umbra-kin')
    const workOf = async (password: string, phc: string | null) => {
      vi.mocked(argon2.verify).mockClear()
      await service.verify(password, phc)
      return vi.mocked(argon2.verify).mock.calls.map(([digest]) => digest.replace(/[^$]+\$[^$]+$/, ''))
    }
    const wrong = await workOf('wrong', stored)
    expect(wrong).toEqual(['$argon2id$v=19$m=8,t=1,p=1$'])
    expect(await workOf('wrong', null)).toEqual(wrong)
    expect(await workOf('x'.repeat(1 << 20), stored)).toEqual(wrong)
    expect(await workOf('x'.repeat(1 << 20), null)).toEqual(wrong)
    expect(await workOf('umbra\ud800', stored)).toEqual(wrong)
  })

  it('never hands argon2 an input that no password can be', async () => {
    const service = await start()
    vi.mocked(argon2.verify).mockClear()
    await service.verify('x'.repeat(1 << 20), null)
    await service.verify('umbra\ud800', null)
    expect(vi.mocked(argon2.verify).mock.calls.map(([, candidate]) => candidate.length)).toEqual([0, 0])
  })
})

describe('under load', () => {
  it('refuses what finds pool and queue full, known and unknown alike', async () => {
    const service = await start({ concurrency: 1, queueLimit: 2 })
    const stored = await service.hash('vexed-umbra-kin')
    const accepted = [
      service.verify('vexed-umbra-kin', stored),
      service.verify('vexed-umbra-kin', null),
      service.hash('vexed-umbra-kin'),
    ]
    expect(await refusalCode(service.verify('vexed-umbra-kin', stored))).toBe('overloaded')
    expect(await refusalCode(service.verify('vexed-umbra-kin', null))).toBe('overloaded')
    expect(await refusalCode(service.verify('x'.repeat(5000), stored))).toBe('overloaded')
    expect(await refusalCode(service.hash('vexed-umbra-kin'))).toBe('overloaded')
    expect(await accepted[0]).toEqual(yes)
    expect(await accepted[1]).toEqual(no)
    await accepted[2]
    expect(await service.verify('vexed-umbra-kin', stored)).toEqual(yes)
  })
})

describe('a stored hash that we did not make', () => {
  it('is a fault that names no secret, not a wrong password', async () => {
    const service = await start()
    const foreign = await argon2.hash('vexed-umbra-kin', {
      type: argon2.argon2i,
      memoryCost: 16,
      parallelism: 1,
    })
    for (const stored of [foreign, '', 'canary', '$argon2id$v=19$m=8,t=1,p=1$canary']) {
      await expect(service.verify('vexed-umbra-kin', stored)).rejects.toThrow(
        /^A stored password hash is not an argon2id PHC string$/,
      )
    }
  })
})
