import { describe, expect, it } from 'vitest'
import { type ServerHello, topologyFault } from '../../../src/log/mongodb/topology.ts'
import { withoutOptions } from '../../../src/log/mongodb/weakening.ts'

const hello = (host: string, rest: Partial<ServerHello> = {}): ServerHello => ({
  host,
  set: null,
  router: false,
  ...rest,
})

describe('what an address list may be', () => {
  it.each([
    ['one standalone server', [hello('a')]],
    ['one member of a set', [hello('a', { set: 'rs0' })]],
    ['one router', [hello('a', { router: true })]],
    ['members of one set', [hello('a', { set: 'rs0' }), hello('b', { set: 'rs0' })]],
    ['routers of one cluster', [hello('a', { router: true }), hello('b', { router: true })]],
    ['no server that answers', []],
  ])('%s', (_, hellos) => {
    expect(topologyFault(hellos)).toBeNull()
  })

  it.each([
    ['members of two sets', [hello('a', { set: 'rs0' }), hello('b', { set: 'rs1' })]],
    ['a member and a standalone server', [hello('a', { set: 'rs0' }), hello('b')]],
    ['a router and a member', [hello('a', { router: true }), hello('b', { set: 'rs0' })]],
  ])('not %s', (_, hellos) => {
    expect(topologyFault(hellos)).toMatch(
      /^the addresses belong to different deployments \(a is of .+, b is of .+\)$/,
    )
  })

  it('not several standalone servers', () => {
    expect(topologyFault([hello('a'), hello('b')])).toBe(
      'several addresses are given, but the servers form no replica set',
    )
  })
})

describe('options removed from a connection string', () => {
  it.each([
    ['mongodb://h/?w=0', 'mongodb://h/'],
    ['mongodb://u:p%3Fw@h/db?W=0&tls=true&%77=1', 'mongodb://u:p%3Fw@h/db?tls=true'],
    ['mongodb://h/?tls=true', 'mongodb://h/?tls=true'],
    ['mongodb://h', 'mongodb://h'],
  ])('%s', (given, left) => {
    expect(withoutOptions(given, new Set(['w']))).toBe(left)
  })
})
