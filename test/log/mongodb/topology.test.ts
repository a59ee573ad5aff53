import { describe, expect, it } from 'vitest'
import { type ServerWord, topologyFault } from '../../../src/log/mongodb/topology.ts'
import { withoutOptions } from '../../../src/log/mongodb/weakening.ts'

const word = (host: string, rest: Partial<ServerWord> = {}): ServerWord => ({
  host,
  set: null,
  router: false,
  ...rest,
})

describe('what an address list may be', () => {
  it.each([
    ['one server that stands alone', [word('a')]],
    ['one member of a set', [word('a', { set: 'rs0' })]],
    ['one router', [word('a', { router: true })]],
    ['members of one set', [word('a', { set: 'rs0' }), word('b', { set: 'rs0' })]],
    ['routers of one cluster', [word('a', { router: true }), word('b', { router: true })]],
    ['nobody who answers', []],
  ])('%s', (_, words) => {
    expect(topologyFault(words)).toBeNull()
  })

  it.each([
    ['members of two sets', [word('a', { set: 'rs0' }), word('b', { set: 'rs1' })]],
    ['a member and a server that stands alone', [word('a', { set: 'rs0' }), word('b')]],
    ['a router and a member', [word('a', { router: true }), word('b', { set: 'rs0' })]],
  ])('not %s', (_, words) => {
    expect(topologyFault(words)).toMatch(
      /^the addresses belong to different deployments \(a is of .+, b is of .+\)$/,
    )
  })

  it('not servers that each stand alone', () => {
    expect(topologyFault([word('a'), word('b')])).toBe(
      'several addresses are given, but the servers form no replica set',
    )
  })
})

describe('options taken out of a connection string', () => {
  it.each([
    ['mongodb://h/?w=0', 'mongodb://h/'],
    ['mongodb://u:p%3Fw@h/db?W=0&tls=true&%77=1', 'mongodb://u:p%3Fw@h/db?tls=true'],
    ['mongodb://h/?tls=true', 'mongodb://h/?tls=true'],
    ['mongodb://h', 'mongodb://h'],
  ])('%s', (given, left) => {
    expect(withoutOptions(given, new Set(['w']))).toBe(left)
  })
})
