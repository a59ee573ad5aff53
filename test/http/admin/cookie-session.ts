import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SignInMethod } from '../../../src/http/request/sessions.ts'
import type { TestApp } from '../../support/app.ts'

/** The headers with which a browser that is signed in calls the API from a page of ours. */
export interface BrowserHeaders {
  cookie: string
  origin: string
  'x-csrf-token': string
  [header: string]: string
}

/**
 * Signs a user in the way the sign-in page does, and answers what the browser sends from then on. With the headers
 * of `before` it is the same browser, which goes on with its session.
 */
export async function cookieOf(
  service: TestApp,
  userid: string,
  method: SignInMethod = 'pwd',
  before?: BrowserHeaders,
): Promise<BrowserHeaders> {
  const { sessions, csrf } = service.deps
  const cookies: Record<string, string> = Object.fromEntries(
    (before?.cookie.split('; ') ?? []).map((pair) => pair.split('=', 2) as [string, string]),
  )
  const request = { cookies, id: 'sign-in', ip: '127.0.0.1', headers: {} } as unknown as FastifyRequest
  const reply = {
    request,
    setCookie(name: string, value: string) {
      cookies[name] = value
    },
  } as unknown as FastifyReply
  await sessions.begin(reply, { userid, amr: [method] })
  const token = csrf.token(request, reply)
  return {
    cookie: Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; '),
    origin: new URL(service.issuer).origin,
    'x-csrf-token': token,
  }
}
