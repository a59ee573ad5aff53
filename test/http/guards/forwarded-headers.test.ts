import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recallForwardedHeaders } from '../../../src/http/guards/forwarded-headers.ts'
import {
  isNeighbour,
  NOTICE_KEY,
  NOTICE_KIND,
  readNotice,
  trustOf,
} from '../../../src/settings/untrusted-proxy.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'

const PROXY = '10.0.0.7'

let service: TestApp
beforeEach(async () => {
  service = await createTestApp()
})
afterEach(() => service.close())

const warnings = ({ lines }: TestApp) =>
  lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40)

const noticed = async ({ storage }: TestApp) =>
  readNotice((await storage.documents.find(NOTICE_KIND, NOTICE_KEY))?.payload)

describe('B5 forwarded headers from a peer that is not trusted', () => {
  it.each([
    ['x-forwarded-for', '198.51.100.4'],
    ['forwarded', 'for=198.51.100.4'],
  ])(
    '%s: cause one warning in the log, with what to set, and kept for the next start',
    async (header, value) => {
      for (let request = 0; request < 3; request += 1) {
        await service.browser(PROXY).get('/login', { headers: { [header]: value } })
      }
      await service.settled()
      expect(warnings(service)).toHaveLength(1)
      expect(warnings(service)[0]).toMatchObject({ peer: PROXY, header })
      expect(warnings(service)[0]?.msg).toContain('OIDC_OP_TRUST_PROXY')
      expect(await noticed(service)).toMatchObject({ peer: PROXY, header })

      service = await service.restart()
      await recallForwardedHeaders(service.deps)
      expect(warnings(service)).toMatchObject([{ peer: PROXY, header }])
    },
  )

  it.each([
    ['the proxy', PROXY],
    ['its network', '10.0.0.0/24'],
  ])(
    'are nothing to tell of when %s is trusted, and what was noticed before is forgotten',
    async (_what, entry) => {
      await service.browser(PROXY).get('/login', { headers: { 'x-forwarded-for': '198.51.100.4' } })
      await service.settled()
      const trusting = await createTestApp({ environment: { OIDC_OP_TRUST_PROXY: entry } })
      await trusting.browser(PROXY).get('/login', { headers: { 'x-forwarded-for': '198.51.100.4' } })
      await trusting.settled()
      expect(await noticed(trusting)).toBeNull()
      expect(warnings(trusting)).toEqual([])
      await recallForwardedHeaders({ ...trusting.deps, documents: service.storage.documents })
      expect(await noticed(service)).toBeNull()
      expect(warnings(trusting)).toEqual([])
      await trusting.close()
    },
  )

  it('without such a header there is no warning', async () => {
    await service.browser(PROXY).get('/login')
    await recallForwardedHeaders(service.deps)
    expect(warnings(service)).toEqual([])
  })
})

it.each([
  ['10.0.0.7', true],
  ['::ffff:10.0.0.7', true],
  ['10.0.1.7', false],
  ['2001:db8::7', true],
  ['2001:db9::7', false],
  ['fe80::1%eth0', false],
  ['', false],
])('judges %s by the settings: %s', (peer, isTrusted) => {
  expect(trustOf(['10.0.0.0/24', '2001:db8::/32'])(peer)).toBe(isTrusted)
})

it.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['172.20.0.3', true],
  ['fd00::1', true],
  ['fe80::1%eth0', true],
  ['203.0.113.9', false],
  ['2001:db8::1', false],
])('takes %s for a neighbour: %s', (peer, is) => {
  expect(isNeighbour(peer)).toBe(is)
})
