import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isEcdsaSignature } from '../../src/authn/ecdsa-signature.ts'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

describe('an ECDSA signature', () => {
  it('is what a real key makes, whatever the length of its numbers', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const lengths = new Set<number>()
    // One signature in 256 has a number with a leading zero byte less.
    for (let count = 0; count < 1500; count += 1) {
      const signature = sign('sha256', Buffer.from(`message ${count}`), privateKey)
      lengths.add(signature.length)
      expect(isEcdsaSignature(signature)).toBe(true)
    }
    expect(lengths.size).toBeGreaterThan(2)
  })

  it.each([
    ['two small numbers', '30 06 02 01 01 02 01 7f', true],
    ['a needed zero', '30 07 02 02 00 80 02 01 01', true],
    ['nothing', '', false],
    ['another outer tag', '31 06 02 01 01 02 01 7f', false],
    ['another inner tag', '30 06 03 01 01 02 01 7f', false],
    ['a long outer length', '30 81 06 02 01 01 02 01 7f', false],
    ['an outer length too great', '30 07 02 01 01 02 01 7f', false],
    ['an outer length too small', '30 05 02 01 01 02 01 7f', false],
    ['something after it', '30 06 02 01 01 02 01 7f 00', false],
    ['something after the integers', '30 07 02 01 01 02 01 7f 00', false],
    ['a negative number', '30 06 02 01 80 02 01 7f', false],
    ['an idle zero', '30 07 02 02 00 7f 02 01 01', false],
    ['zero', '30 06 02 01 00 02 01 01', false],
    ['no number', '30 05 02 00 02 01 01', false],
    ['one number', '30 03 02 01 01', false],
    ['a number cut short', '30 05 02 01 01 02 01', false],
  ])('with %s: %s is %s', (_, hex, expected) => {
    expect(isEcdsaSignature(bytes(hex))).toBe(expected)
  })
})
