import { describe, expect, it } from 'vitest'
import { keyWeakness } from '../../../src/kernel/key-strength.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import { parseMasterKey } from '../../../src/log/keys/master-key.ts'
import { WEAK_KEYS } from '../../support/weak-keys.ts'

describe('A6 a master key', () => {
  it.each(WEAK_KEYS)('is refused when it is $what', ({ key, told }) => {
    expect(key).toHaveLength(32)
    expect(() => parseMasterKey(key.toString('base64'), 'the file')).toThrow(
      `The master key in the file ${told}: it would protect nothing`,
    )
  })

  it('is accepted when it is random', () => {
    const refused = Array.from({ length: 20_000 }, () => keyWeakness(systemRandom(32))).filter(Boolean)
    expect(refused).toEqual([])
  })
})
