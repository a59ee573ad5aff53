import { afterEach, beforeEach, expect, it } from 'vitest'
import { isoTime, systemClock } from '../../src/kernel/clock.ts'
import { NOTICE_KEY, NOTICE_KIND } from '../../src/settings/untrusted-proxy.ts'
import { openStorage } from '../../src/storage/open.ts'
import { countersign } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

let place: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  place = temporaryDirectory()
})
afterEach(() => place.remove())

/** Notes, as a server does, that forwarded headers came from an address. */
async function notice(peer: string | null) {
  const storage = await openStorage(filesIn(place.path))
  const now = systemClock()
  const payload = { peer, header: 'x-forwarded-for', at: isoTime(now) }
  if (peer !== null) {
    await storage.documents.upsert(NOTICE_KIND, NOTICE_KEY, payload, now + 60_000, { anonymous: true })
  }
  await storage.close()
}

it.each([
  ['nothing was noticed', null, {}, true, /^no forwarded headers/],
  ['they came from a neighbour', '10.0.0.7', {}, false, /from 10\.0\.0\.7.*OIDC_OP_TRUST_PROXY/],
  [
    'the neighbour is trusted by now',
    '10.0.0.7',
    { OIDC_OP_TRUST_PROXY: '10.0.0.0/8' },
    true,
    /^no forwarded/,
  ],
  ['a stranger sends them', '203.0.113.9', {}, true, /from 203\.0\.113\.9/],
])('B5 doctor tells of forwarded headers that do not count: %s', async (_what, peer, env, ok, detail) => {
  await notice(peer)
  const { stdout } = await countersign(place.path, ['doctor', '--json'], { env })
  const found = JSON.parse(stdout).find(({ check }: { check: string }) => check === 'proxy')
  expect(found).toMatchObject({ ok, detail: expect.stringMatching(detail) })
})
