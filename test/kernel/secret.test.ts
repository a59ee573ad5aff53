import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/kernel/secret.ts'

const CANARY = 'canary-5f2b'

describe('a secret', () => {
  it('gives its value to who asks for it', () => {
    expect(new Secret(CANARY).reveal()).toBe(CANARY)
    const bytes = Uint8Array.of(1, 2, 3)
    expect(new Secret(bytes).reveal()).toBe(bytes)
  })

  it.each<[string, (secret: Secret<unknown>) => string]>([
    ['toString', (secret) => secret.toString()],
    ['a template', (secret) => `${secret}`],
    ['a joined list', (secret) => ['<', secret, '>'].join('')],
    ['JSON', (secret) => JSON.stringify({ secret })],
    ['inspection', (secret) => inspect(secret)],
    ['deep inspection', (secret) => inspect({ list: [secret] }, { depth: 9, showHidden: true })],
    ['formatting', (secret) => format('%s %o %O %j', secret, secret, secret, secret)],
    ['the message of an error', (secret) => inspect(new Error(`wrong: ${secret}`, { cause: secret }))],
  ])('shows a mask in %s', (_, print) => {
    for (const value of [CANARY, { inner: CANARY }, [CANARY]]) {
      const printed = print(new Secret(value))
      expect(printed).toContain('[redacted]')
      expect(printed).not.toContain(CANARY)
    }
  })

  it('has no property to be found or copied', () => {
    const secret = new Secret(CANARY)
    expect(Object.entries({ ...secret })).toEqual([])
    expect(Reflect.ownKeys(secret)).toEqual([])
    expect(() => structuredClone({ ...secret })).not.toThrow()
    expect(JSON.stringify(structuredClone(secret))).not.toContain(CANARY)
  })
})
