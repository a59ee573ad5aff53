import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

let service: TestApp
beforeAll(async () => {
  service = await createTestApp()
})
afterAll(() => service.close())

describe('health', () => {
  it('answers', async () => {
    const response = await service.browser().get('/health')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'")
  })
})
