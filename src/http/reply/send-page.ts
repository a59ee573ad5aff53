import type { FastifyReply } from 'fastify'
import { randomToken } from '../../kernel/random.ts'
import type { Page } from '../../views/page.ts'
import { pagePolicy } from './security-headers.ts'

/** How a page is sent. */
export interface PageOptions {
  status?: number
  /** Other origins at which a form of the page may end. */
  formTargets?: readonly string[]
}

/** Sends a page with a content security policy of its own; nothing may cache it. */
export function sendPage(reply: FastifyReply, page: Page, options: PageOptions = {}): FastifyReply {
  const nonce = randomToken(undefined, 16)
  return reply
    .code(options.status ?? 200)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-security-policy', pagePolicy(nonce, options.formTargets ?? []))
    .send(page(nonce))
}
