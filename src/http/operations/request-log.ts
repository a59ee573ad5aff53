import type { FastifyRequest } from 'fastify'
import { stdSerializers } from 'pino'
import { shorten } from '../reply/shorten.ts'

/** How much of the stack of an error is logged, in characters. */
const LONGEST_STACK = 4_000

/** Describes a request for the log: without secrets, and without anything that a person typed. */
export function describeRequest(request: Pick<FastifyRequest, 'method' | 'url' | 'ip'>): {
  method: string
  path: string
  address: string
} {
  return { method: request.method, path: loggedPath(request.url), address: request.ip }
}

/** Writes a path for the log without its query, and without anything that may be the secret of a link. */
export function loggedPath(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  return shorten(path)
    .replace(/(\/+(?:invite|link)\/+)[^/]+/gi, '$1[redacted]')
    .replace(/[A-Za-z0-9_%-]{40,}/g, '[redacted]')
}

/** Describes an error for the log, with a bounded part of its texts, which may repeat what a request sent. */
export function describeError(error: Error): object {
  const { message, stack, ...described } = stdSerializers.err(error)
  return { ...described, message: shorten(message), stack: shorten(stack, LONGEST_STACK) }
}
