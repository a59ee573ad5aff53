import { afterEach, beforeEach, expect, it } from 'vitest'
import { loggedPath } from '../../../src/http/operations/request-log.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { mailedLink, makeLink, OTHER_PASSWORD, PASSWORD, signIn } from '../../support/people.ts'

let service: TestApp
beforeEach(async () => {
  service = await createTestApp({ environment: { OIDC_OP_LOG_LEVEL: 'trace' } })
})
afterEach(() => service.close())

it('P6 no secret comes out by the log, the trail, an error page or somebody else’s mail', async () => {
  const secrets = new Map<string, string>([
    ['password', PASSWORD],
    ['new password', OTHER_PASSWORD],
    ['mistyped password', 'canary of a mistyped password'],
  ])
  const bodies: string[] = []
  await service.register({ username: 'eve', password: PASSWORD, email: 'eve@example.org' })

  const token = await makeLink(service, 'invitation', { username: 'root', groups: ['admin'] })
  secrets.set('invitation', token)
  const root = service.browser()
  await root.get(`/invite/${token}?from=${token}`)
  await root.submit(`/invite/${token}`, { password: PASSWORD })
  const userid = service.storage.views.users.byUsername('root')?.userid ?? ''
  await service.does('change-user', {
    userid,
    changes: { email: 'root@example.org', email_verified: true },
  })
  await root.get('/account')
  bodies.push((await root.submit('/account/password', { password: OTHER_PASSWORD })).body)

  const failing = service.browser()
  bodies.push((await signIn(failing, 'root', 'canary of a mistyped password')).body)
  bodies.push((await failing.get(`/login?password=${encodeURIComponent(PASSWORD)}`)).body)
  await failing.get('/login')
  bodies.push((await failing.post('/login', { username: 'root', password: PASSWORD })).body)
  bodies.push((await failing.submit('/login', { password: PASSWORD, csrf: 'x' })).body)
  const malformed = await service.app.inject({
    method: 'POST',
    url: '/login/passkey',
    headers: { 'content-type': 'application/json' },
    payload: `{"password":"${PASSWORD}`,
  })
  expect(malformed.statusCode).toBe(400)
  bodies.push(malformed.body)

  const asking = service.browser()
  await asking.get('/login')
  await asking.submit('/login/link', { username: 'root' })
  const link = await mailedLink(service)
  secrets.set('link', link.token).set('code', link.code).set('bare code', link.code.replace('-', ''))
  await asking.get(`/link/${link.token}`)
  await asking.submit(`/link/${link.token}`)
  bodies.push(
    (await asking.get(`/link/${link.token}`)).body,
    (await asking.get(`/nowhere/link/${link.token}`)).body,
  )

  for (const [name, browser] of Object.entries({ root, failing, asking })) {
    for (const [cookie, value] of browser.cookies) secrets.set(`${name}: ${cookie}`, value)
  }
  const hash = service.storage.views.credentials.passwordOf(userid)?.password_hash ?? ''
  expect(hash).toContain('$argon2id$')
  secrets.set('hash', hash).set('hash, its digest', hash.split('$').at(-1) ?? '')

  const trail = await root.get('/api/admin/events?limit=200')
  expect(trail.statusCode).toBe(200)
  expect(trail.json().items.length).toBeGreaterThan(10)
  const others = service.mails.filter(({ to }) => to !== 'root@example.org')
  const places = { log: service.lines.join(''), trail: trail.body, mail: JSON.stringify(others) }
  const found: string[] = []
  for (const [name, secret] of secrets) {
    for (const [place, text] of Object.entries({ ...places, page: bodies.join('') })) {
      // The page of a living link posts to its own address.
      if (text.includes(secret)) found.push(`${name} in the ${place}`)
    }
  }
  expect(found).toEqual([])
  expect(places.log).toContain('"/invite/[redacted]"')
  expect(places.log).toContain('"/link/[redacted]"')
})

it('P6 a path is logged without query and without the secret of a link', () => {
  expect(loggedPath('/login?username=ada&password=x')).toBe('/login')
  expect(loggedPath('/invite/abc')).toBe('/invite/[redacted]')
  expect(loggedPath('/invite/abc/passkey/options')).toBe('/invite/[redacted]/passkey/options')
  expect(loggedPath('/LINK/abc#x')).toBe('/LINK/[redacted]')
  expect(loggedPath('//link//abc')).toBe('//link//[redacted]')
  expect(loggedPath(`/l%69nk/${'a'.repeat(43)}`)).toBe('/l%69nk/[redacted]')
})
