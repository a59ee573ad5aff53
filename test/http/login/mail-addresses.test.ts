import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerOf, countersign } from '../../support/command-line.ts'
import { temporaryDirectory } from '../../support/installation.ts'
import { isSignedIn, PASSWORD, signIn } from '../../support/people.ts'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'

let service: AdminApp
beforeEach(async () => {
  service = await createAdminApp()
})
afterEach(() => service.close())

const SINGLE_LABEL = { OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS: 'true' }

describe('a domain in letters of its own', () => {
  it('is kept and answered as A-labels', async () => {
    const created = await service.call('POST', '/users', { username: 'ada', email: 'ada@пример.рф' })
    expect([created.statusCode, created.json().email]).toEqual([201, 'ada@xn--e1afmkfd.xn--p1ai'])
    const { userid } = created.json()
    const changed = await service.call('PATCH', `/users/${userid}`, { email: 'ada@Bücher.example' })
    expect(changed.json().email).toBe('ada@xn--bcher-kva.example')
  })

  it.each([
    'ada@bücher.example',
    'ADA@BÜCHER.example',
    'ada@xn--bcher-kva.example',
    ' ada@bu\u0308cher.example ',
  ])('signs in its owner as %j', async (typed) => {
    await service.register({
      username: 'ada',
      password: PASSWORD,
      email: 'ada@bücher.example',
      email_verified: true,
    })
    const browser = service.browser()
    await signIn(browser, typed)
    expect(await isSignedIn(browser)).toBe(true)
  })

  it('I7 is one address in both spellings', async () => {
    const person = { email: 'ada@bücher.example', email_verified: true }
    await service.call('POST', '/users', { username: 'ada', ...person })
    const second = { username: 'eve', email: 'Ada@XN--BCHER-KVA.example', email_verified: true }
    const refused = await service.call('POST', '/users', second)
    expect([refused.statusCode, refused.json().key]).toEqual([409, 'email'])
  })
})

describe('a domain of one label', () => {
  it('is refused by the API and the command line until the operator allows it', async () => {
    const person = { username: 'ada', email: 'ada@intranet' }
    const refused = await service.call('POST', '/users', person)
    expect([refused.statusCode, refused.json().code]).toEqual([400, 'invalid_input'])
    expect(refused.json().detail).toBe(
      'email must have a domain with a dot in it, unless OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS is true',
    )
    const changed = await service.call('PATCH', `/users/${service.adminId}`, { email: 'root@localhost' })
    expect(changed.statusCode).toBe(400)
    expect(await service.newTypes()).toEqual([])

    await service.close()
    service = await createAdminApp({ environment: SINGLE_LABEL })
    expect((await service.call('POST', '/users', person)).json().email).toBe('ada@intranet')
  })

  it('is judged the same by the command line', async () => {
    const place = temporaryDirectory()
    const args = ['user', 'create', '--username', 'ada', '--email', 'ada@intranet']
    const { code, stderr } = await countersign(place.path, args)
    expect([code, stderr]).toEqual([1, expect.stringContaining('email must have a domain with a dot in it')])
    expect((await answerOf(place.path, args, { env: SINGLE_LABEL })).email).toBe('ada@intranet')
    place.remove()
  })
})
