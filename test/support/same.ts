import type { LightMyRequestResponse } from 'fastify'

/** A reply without its content: two that are the Same are equal here. */
export function appearance(response: LightMyRequestResponse, typed: string): Record<string, unknown> {
  const { date: _date, 'set-cookie': _cookies, ...headers } = response.headers
  const policy = String(headers['content-security-policy']).replace(/'nonce-[^']+'/, "'nonce'")
  return {
    status: response.statusCode,
    headers: { ...headers, 'content-security-policy': policy },
    cookies: response.cookies.map(({ name, value }) => [name, value.length]),
    body: response.body
      .replace(/nonce="[^"]+"/g, 'nonce')
      .replace(/name="csrf" value="[^"]+"/g, 'csrf')
      .replaceAll(typed, 'TYPED'),
  }
}
