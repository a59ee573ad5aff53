import { describe, expect, it } from 'vitest'
import { asking, isMongoFault } from '../../src/kernel/mongodb-faults.ts'
import { Refusal } from '../../src/kernel/refusal.ts'

const named = (name: string) => Object.assign(new Error('gone'), { name })
const coded = (code: string) => Object.assign(new Error(`write ${code}`), { code, syscall: 'write' })

describe('a fault of the database', () => {
  it.each([named('MongoNetworkError'), coded('ECONNRESET'), coded('EPIPE')])('is %s', async (error) => {
    expect(isMongoFault(error)).toBe(true)
    await expect(asking('storage_unavailable', () => Promise.reject(error))).rejects.toThrow(Refusal)
  })

  it.each([named('TypeError'), coded('ENOSPC'), 'ECONNRESET', null])('is not %s', (error) => {
    expect(isMongoFault(error)).toBe(false)
  })
})
