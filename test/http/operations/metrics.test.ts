import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metricsText } from '../../../src/http/operations/metrics.ts'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'

let service: AdminApp
beforeAll(async () => {
  service = await createAdminApp()
})
afterAll(() => service.close())

describe('the metrics', () => {
  it('count what the service does', async () => {
    await service.call('POST', '/users', { username: 'ada' })
    await service.call('POST', '/users', { username: 'ada' })
    const response = await service.app.inject({
      url: '/metrics',
      headers: { authorization: 'Bearer machine' },
    })
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const lines = response.body.split('\n')
    const { position, sequence } = service.storage.log.head()
    for (const line of [
      `countersign_log_commits_total ${position}`,
      `countersign_log_events_total ${sequence}`,
      'countersign_commands_total{result="already_exists"} 1',
      'countersign_http_requests_total{method="POST",status="201"} 1',
      'countersign_http_requests_total{method="POST",status="409"} 1',
      'countersign_stream_subscribers 0',
    ]) {
      expect(lines).toContain(line)
    }
    for (const line of lines.filter((text) => text !== '')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+)$/,
      )
    }
  })

  it('escape their labels', () => {
    const samples = [{ labels: { a: 'x"\\\n' }, value: 1 }]
    expect(metricsText([{ name: 'm', help: 'M.', type: 'gauge', samples }])).toBe(
      '# HELP m M.\n# TYPE m gauge\nm{a="x\\"\\\\\\n"} 1\n',
    )
  })
})
