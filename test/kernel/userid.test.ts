import { describe, expect, it } from 'vitest'
import { decodeProquint, encodeProquint } from '../../src/kernel/proquint.ts'
import { generateUniqueUserid, generateUserid } from '../../src/kernel/userid.ts'

/** A random source that gives the numbers 0, 1, 2, … as four bytes each, and counts how often it was asked. */
function counting() {
  const asked: number[] = []
  const random = (length: number) => {
    const bytes = Buffer.alloc(length)
    bytes.writeUInt32BE(asked.length)
    asked.push(length)
    return bytes
  }
  return { asked, random }
}

const registerOf = (...taken: string[]) => ({
  isUseridTaken: async (userid: string) => taken.includes(userid),
})

describe('generateUserid', () => {
  it('spells four random bytes', () => {
    const asked: number[] = []
    const userid = generateUserid((length) => {
      asked.push(length)
      return Uint8Array.of(127, 0, 0, 1)
    })
    expect(userid).toBe('lusab-babad')
    expect(asked).toEqual([4])
  })

  it('reads a view into a larger buffer at its own place', () => {
    const pool = Uint8Array.of(9, 9, 9, 127, 0, 0, 1, 9)
    expect(generateUserid(() => pool.subarray(3, 7))).toBe('lusab-babad')
  })

  it('uses the random generator of the system unless told', () => {
    const userids = Array.from({ length: 100 }, () => generateUserid())
    expect(userids.every((userid) => decodeProquint(userid) !== null)).toBe(true)
    expect(new Set(userids).size).toBeGreaterThan(98)
  })
})

describe('generateUniqueUserid', () => {
  it('takes the first id that is free', async () => {
    const { asked, random } = counting()
    expect(await generateUniqueUserid(registerOf(), 10, random)).toBe(encodeProquint(0))
    expect(asked).toHaveLength(1)
  })

  it('tries again while an id is taken', async () => {
    const { asked, random } = counting()
    const register = registerOf(...[0, 1, 2].map(encodeProquint))
    expect(await generateUniqueUserid(register, 10, random)).toBe(encodeProquint(3))
    expect(asked).toHaveLength(4)
  })

  it('takes an id that is free at the last retry', async () => {
    const { random } = counting()
    const register = registerOf(...[0, 1, 2].map(encodeProquint))
    expect(await generateUniqueUserid(register, 3, random)).toBe(encodeProquint(3))
  })

  it.each([
    [undefined, 11],
    [3, 4],
    [0, 1],
  ])('gives up with a clear error after %s retries', async (maxRetries, tries) => {
    const { asked, random } = counting()
    const full = { isUseridTaken: async () => true }
    await expect(generateUniqueUserid(full, maxRetries, random)).rejects.toThrow(
      `No free user id found after ${maxRetries ?? 10} retries`,
    )
    expect(asked).toHaveLength(tries)
  })

  it('lets a failure of the register through', async () => {
    const broken = {
      isUseridTaken: async () => {
        throw new Error('The disk is gone')
      },
    }
    await expect(generateUniqueUserid(broken)).rejects.toThrow('The disk is gone')
  })
})
