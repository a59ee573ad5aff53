import { afterEach, beforeEach, expect, it } from 'vitest'
import { issuerWarnings } from '../../src/maintenance/issuer-warnings.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'
import { joinWithPasskey } from '../support/people.ts'

const OLD = 'https://id.example.org'
const NEW = 'https://login.example.net'
let place: ReturnType<typeof temporaryDirectory>
let service: TestApp
beforeEach(async () => {
  place = temporaryDirectory()
  service = await createTestApp({ issuer: OLD, directory: place.path })
})
afterEach(async () => {
  await service.close()
  place.remove()
})

const becomes = (rp_id: string) => service.does('change-relying-party-id', { rp_id })
const warnings = (issuer: string) => issuerWarnings(issuer, service.storage.views)

it('another host over old data names how many passkeys it makes useless, and nobody else', async () => {
  await joinWithPasskey(service, 'before-it-was-recorded')
  service.advance(1000)
  await becomes('id.example.org')
  service.advance(1000)
  await joinWithPasskey(service, 'ada')
  expect(warnings(OLD)).toEqual([])
  expect(warnings(`${OLD}:8443`)).toEqual([])

  service.advance(1000)
  await becomes('login.example.net')
  service.advance(1000)
  await joinWithPasskey(service, 'bob')
  expect(warnings(NEW)).toEqual([
    '2 passkeys were made for id.example.org and cannot be used at login.example.net; their owners need another way in',
  ])
  expect(warnings(OLD)).toEqual([
    'one passkey was made for login.example.net and cannot be used at id.example.org; their owners need another way in',
  ])
})

it.each(['https://192.0.2.1', 'https://[2001:db8::1]:8443', 'http://127.0.0.1:8080'])(
  'a host that is an IP address has no passkeys: %s',
  (issuer) => {
    expect(warnings(issuer)).toEqual([
      `passkeys do not work at ${issuer}: browsers make none for an IP address; use a domain name`,
    ])
  },
)

it('doctor says both, also when the service was not started at the new address yet', async () => {
  await becomes('id.example.org')
  await joinWithPasskey(service, 'ada')
  const env = { OIDC_OP_ISSUER: 'https://192.0.2.1' }
  const { code, stdout } = await countersign(place.path, ['doctor', '--json'], { env })
  const found = JSON.parse(stdout).find(({ check }: { check: string }) => check === 'issuer')
  expect([code, found.ok]).toEqual([1, false])
  expect(found.detail).toContain('passkeys do not work at https://192.0.2.1')
  expect(found.detail).toContain('one passkey was made for id.example.org and cannot be used at 192.0.2.1')
})
