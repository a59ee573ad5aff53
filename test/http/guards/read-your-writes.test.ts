import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Condition } from '../../../src/storage/open.ts'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'

let service: AdminApp
let waitedFor: number[]
let condition: Condition | null

beforeEach(async () => {
  waitedFor = []
  condition = null
  service = await createAdminApp({
    adapt: (deps) => ({
      ...deps,
      condition: () => condition,
      reached: async (position) => {
        waitedFor.push(position)
        return true
      },
    }),
  })
})
afterEach(() => service.close())

describe('the position of the log', () => {
  it('comes with what a program is answered', async () => {
    const reply = await service.call('GET', '/users')
    expect(Number(reply.headers['countersign-position'])).toBe(service.storage.log.head().position)
  })

  it('is in no answer without a token, and in no refusal', async () => {
    const replies = [
      await service.app.inject('/login'),
      await service.app.inject('/health'),
      await service.call('GET', '/users', undefined, { authorization: 'Bearer unknown' }),
    ]
    expect(replies.map(({ headers }) => headers['countersign-position'])).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('is waited for by a request that brings it', async () => {
    await service.call('GET', '/users', undefined, { 'countersign-position': '42' })
    expect(waitedFor).toEqual([42])
  })

  it.each(['', '-1', '1.5', '1e9', 'x', '9'.repeat(16)])(
    'is not waited for when it is %j',
    async (header) => {
      const reply = await service.call('GET', '/users', undefined, { 'countersign-position': header })
      expect(reply.statusCode).toBe(200)
      expect(waitedFor).toEqual([])
    },
  )
})

describe('a node that has halted', () => {
  beforeEach(() => {
    condition = { reason: 'the log ends before position 7', halted: true, final: true }
  })

  it.each([
    '/login',
    '/account',
    '/oidc/jwks',
    '/.well-known/openid-configuration',
    '/api/admin/users',
    '/nowhere',
  ])('does not serve %s', async (url) => {
    const reply = await service.app.inject({ url, headers: { authorization: 'Bearer admin' } })
    expect(reply.statusCode).toBe(503)
    expect(reply.body).not.toContain('position 7')
  })

  it('signs nobody in', async () => {
    const reply = await service.app.inject({ method: 'POST', url: '/oidc/token' })
    expect(reply.statusCode).toBe(503)
  })

  it('still tells how it is', async () => {
    expect((await service.app.inject('/health/live')).statusCode).toBe(200)
    expect((await service.app.inject('/health')).statusCode).toBe(200)
  })
})

it('a node whose database does not answer goes on with what it can', async () => {
  condition = { reason: 'the database does not answer', halted: false, final: false }
  expect((await service.app.inject('/oidc/jwks')).statusCode).toBe(200)
})
