import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimsOf } from '../../../src/oidc/claims.ts'
import { answerOf, countersign } from '../../support/command-line.ts'
import { temporaryDirectory } from '../../support/installation.ts'
import { makeLink, PASSWORD } from '../../support/people.ts'
import { type AdminApp, createAdminApp } from './admin-app.ts'

let service: AdminApp
beforeEach(async () => {
  service = await createAdminApp()
})
afterEach(() => service.close())

/** Names as directories have them, in the spelling that is kept. */
const NAMES = [
  'Domain Admins',
  '/staff/it',
  'Bücherwürmer',
  'CN=Domain Admins,OU=Groups,DC=example,DC=org',
  'S-1-5-32-544',
  'R&D (EMEA) "core"',
  'отдел кадров',
  '開発部',
  "d'Artagnan's <b>musketeers</b>",
  '#$%?=;',
  'x'.repeat(256),
]

describe('the names of groups', () => {
  it('are those of directories, by the API and in the claims', async () => {
    const created = await service.call('POST', '/users', { username: 'ada', groups: NAMES })
    expect([created.statusCode, created.json().groups]).toEqual([201, [...NAMES].sort(compareBytes)])
    const user = service.deps.views.users.byUsername('ada')!
    expect(claimsOf(user).groups).toEqual(created.json().groups)
  })

  it('are given by an invitation', async () => {
    const token = await makeLink(service, 'invitation', { username: 'ada', groups: NAMES })
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    await browser.submit(`/invite/${token}`, { password: PASSWORD })
    expect(service.deps.views.users.byUsername('ada')?.groups).toEqual([...NAMES].sort(compareBytes))
  })

  it('have one spelling, however they were typed', async () => {
    const body = { username: 'ada', groups: ['Bu\u0308cher', 'Bücher', 'Bücher'] }
    expect((await service.call('POST', '/users', body)).json().groups).toEqual(['Bücher'])
  })

  it.each([
    '',
    ' staff',
    'staff ',
    'two  spaces',
    'a\u00a0b',
    'a\tb',
    'a\nb',
    'a\u0000b',
    'a\u202eb',
    'a\u200bb',
    'a\u2028b',
    'admin\u00ad',
    '\ud800',
    'x'.repeat(257),
  ])('are not %j', async (name) => {
    const response = await service.call('POST', '/users', { username: 'ada', groups: [name] })
    expect([response.statusCode, response.json().code]).toEqual([400, 'invalid_input'])
    expect(response.json().detail).toMatch(/^groups\[0\] must /)
    expect(await service.newTypes()).toEqual([])
  })

  it.each(['Admin', 'ａｄｍｉｎ', '/admin', 'admin s', 'аdmin'])(
    'give no administration for looking like it: %s',
    async (name) => {
      await service.call('POST', '/users', { username: 'ada', groups: [name] })
      const { userid } = service.deps.views.users.byUsername('ada')!
      const demoted = await service.call('PATCH', `/users/${service.adminId}`, { groups: [name] })
      expect([userid !== service.adminId, demoted.json().code]).toEqual([true, 'last_administrator'])
    },
  )

  it('are taken and listed by the command line, each as one', async () => {
    const place = temporaryDirectory()
    const groups = ['Domain Admins', 'CN=Staff,DC=example', 'Bücher']
    const args = ['user', 'create', '--username', 'ada', ...groups.flatMap((name) => ['--group', name])]
    expect((await answerOf(place.path, args)).groups).toEqual([...groups].sort(compareBytes))
    const { stdout } = await countersign(place.path, ['user', 'list'])
    expect(stdout).toContain('Bücher,"CN=Staff,DC=example",Domain Admins')
    place.remove()
  })
})

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
