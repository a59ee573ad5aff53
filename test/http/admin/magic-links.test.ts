import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { tokenHash } from '../../../src/kernel/random.ts'
import { type AdminApp, createAdminApp } from './admin-app.ts'

let service: AdminApp
beforeAll(async () => {
  service = await createAdminApp()
})
beforeEach(() => service.newEvents())
afterAll(() => service.close())

describe('magic links', () => {
  it('invite a name that nobody has, and show the address once', async () => {
    const body = { username: 'newcomer', groups: ['staff'], note: 'welcome', expires_in: 3600 }
    const response = await service.call('POST', '/magic-links', body)
    expect(response.statusCode).toBe(201)
    const { url, ...link } = response.json()
    expect(link).toStrictEqual({
      link_id: expect.any(String),
      purpose: 'invitation',
      username: 'newcomer',
      userid: null,
      groups: ['staff'],
      note: 'welcome',
      created_by: service.adminId,
      created_at: expect.any(String),
      expires_at: expect.any(String),
      used: false,
      revoked: false,
      email: null,
    })
    expect(Date.parse(link.expires_at) - Date.parse(link.created_at)).toBeLessThanOrEqual(3600_000)
    expect(url).toMatch(/^http:\/\/localhost:8080\/invite\/[A-Za-z0-9_-]{43}$/)
    const token = url.split('/').at(-1)
    const [event, ...others] = await service.newEvents()
    expect(others).toStrictEqual([])
    expect(event).toMatchObject({ type: 'MagicLinkIssued', data: { token_hash: tokenHash(token) } })

    for (const path of ['/magic-links', '/events?limit=1000']) {
      const shown = (await service.call('GET', path)).body
      expect(shown).toContain(link.link_id)
      for (const secret of [token, tokenHash(token)]) expect(shown, path).not.toContain(secret)
    }
    expect(service.lines.join('')).not.toContain(token)
  })

  it('mail an invitation: link, code, who invites and until when; P6 and keep the code out of the answer', async () => {
    const body = { username: 'grace', email: 'grace@bücher.example', expires_in: '12h' }
    const headers = { 'idempotency-key': 'invite-grace' }
    const reply = await service.call('POST', '/magic-links', body, headers)
    expect(reply.statusCode).toBe(201)
    const { url, expires_at, email } = reply.json()
    expect(email).toBe('grace@xn--bcher-kva.example')
    await service.settled()
    await service.call('POST', '/magic-links', body, headers)
    await service.settled()
    expect(service.mails.map(({ to, subject }) => [to, subject])).toEqual([[email, 'Your invitation']])
    const text = service.mails[0]?.text ?? ''
    for (const part of [
      url,
      'invites you to',
      expires_at.slice(0, 16).replace('T', ' '),
      'you will be grace',
    ]) {
      expect(text).toContain(part)
    }
    const code = /(?<![\w-])[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}(?![\w-])/.exec(text)?.[0] ?? 'none'
    expect(reply.body).not.toContain(code)
    expect(service.lines.join('')).not.toContain(code)
    await service.register({ username: 'ida' })
    for (const refused of [
      { username: 'eve', email: 'eve' },
      { username: 'ida', purpose: 'recovery', email: 'ada@example.org' },
    ]) {
      const answer = await service.call('POST', '/magic-links', refused)
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_input'])
    }
  })

  it('M5 sign a user in for ten minutes at most, unless a recovery is asked for', async () => {
    const userid = await service.register({ username: 'ada' })
    await service.newEvents()
    const make = (body: object) => service.call('POST', '/magic-links', { username: 'ada', ...body })
    const signIn = await make({})
    expect(signIn.json()).toMatchObject({ purpose: 'sign_in', userid })
    expect(signIn.json().url).toMatch(/^http:\/\/localhost:8080\/link\//)
    expect((await make({ expires_in: 601 })).statusCode).toBe(400)
    const recovery = await make({ purpose: 'recovery', expires_in: 86_400 })
    expect(recovery.json().url).toMatch(/^http:\/\/localhost:8080\/invite\//)
    expect((await make({ purpose: 'recovery', expires_in: 86_401 })).statusCode).toBe(400)
    expect(await service.newTypes()).toStrictEqual(['MagicLinkIssued', 'MagicLinkIssued'])
  })

  it('A1 never claim the service', async () => {
    const response = await service.call('POST', '/magic-links', { username: 'eve', purpose: 'claim' })
    expect(response.statusCode).toBe(400)
    expect(await service.newTypes()).toStrictEqual([])
  })

  it.each([
    ['for a user who is not there', { username: 'nobody', purpose: 'recovery' }, 404],
    ['to invite somebody who is there', { username: 'root', purpose: 'invitation' }, 409],
    ['that is over at once', { username: 'nobody', expires_in: 0 }, 400],
    ['that never ends', { username: 'nobody', expires_in: 1e12 }, 400],
    ['that lasts for half a second', { username: 'nobody', expires_in: 0.5 }, 400],
  ])('are not made %s', async (_what, body, status) => {
    expect((await service.call('POST', '/magic-links', body)).statusCode).toBe(status)
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('are withdrawn once, and stay in the list as they ended', async () => {
    const { link_id } = (await service.call('POST', '/magic-links', { username: 'maybe' })).json()
    await service.newEvents()
    const revoke = () => service.call('DELETE', `/magic-links/${link_id}`)
    expect((await revoke()).statusCode).toBe(204)
    expect(await service.newTypes()).toStrictEqual(['MagicLinkRevoked'])
    expect((await revoke()).statusCode).toBe(204)
    expect(await service.newTypes()).toStrictEqual([])
    const { items } = (await service.call('GET', '/magic-links')).json()
    expect(items.find((link: { link_id: string }) => link.link_id === link_id)).toMatchObject({
      revoked: true,
    })
  })
})
