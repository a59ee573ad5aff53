import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { documentKeyHash } from '../../src/documents/key-hash.ts'

it('is SHA-256 over the length of the kind, the kind and the key', () => {
  const expected = createHash('sha256').update('4:code:abc').digest('hex')
  expect(documentKeyHash('code', 'abc')).toBe(expected)
})

it('differs where kind and key run into the same text', () => {
  const hashes = [
    documentKeyHash('code', 'a:b'),
    documentKeyHash('code:a', 'b'),
    documentKeyHash('', 'code:a:b'),
    documentKeyHash('1:x', ''),
    documentKeyHash('', '1:x:'),
  ]
  expect(new Set(hashes).size).toBe(hashes.length)
})
