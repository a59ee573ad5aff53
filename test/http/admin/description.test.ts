import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminApp, createAdminApp } from './admin-app.ts'

let debugged: AdminApp
let service: AdminApp
beforeAll(async () => {
  debugged = await createAdminApp({ environment: { OIDC_OP_DEBUG: 'true' } })
  service = await createAdminApp()
})
afterAll(async () => {
  await debugged.close()
  await service.close()
})

describe('the description of the API', () => {
  it('is there for everybody', async () => {
    const response = await service.app.inject('/openapi.json')
    expect(response.statusCode).toBe(200)
    const document = response.json()
    expect(document).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: 'http://localhost:8080' }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    })
    const create = document.paths['/api/admin/users'].post
    expect(create).toMatchObject({ operationId: 'createUser', security: [{ bearer: ['admin'] }] })
    expect(create.requestBody.content['application/json'].schema).toMatchObject({
      required: ['username'],
      additionalProperties: false,
    })
    expect(Object.keys(create.responses)).toStrictEqual(['201', 'default'])
    const names = create.parameters.map(({ name }: { name: string }) => name)
    expect(names).toStrictEqual(['idempotency-key'])
  })

  it('gives every operation a name of its own', async () => {
    const { paths } = (await service.app.inject('/openapi.json')).json()
    const names = Object.values<Record<string, { operationId: string }>>(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    )
    expect(names.length).toBe(23)
    expect(new Set(names).size).toBe(names.length)
  })

  it('is a page only for debugging, and the page shows every operation', async () => {
    expect((await service.app.inject('/docs')).statusCode).toBe(404)
    const page = await debugged.app.inject('/docs')
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.body).not.toContain('<script')
    const { paths } = (await debugged.app.inject('/openapi.json')).json()
    for (const [path, methods] of Object.entries<object>(paths)) {
      for (const method of Object.keys(methods))
        expect(page.body).toContain(`${method.toUpperCase()} ${path}`)
    }
    expect(page.body).toContain('string, body, required')
  })
})
