import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { DocumentStore } from '../../documents/port.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import type { Settings } from '../../settings/settings.ts'
import {
  describeUntrustedProxy,
  NOTICE_KEY,
  NOTICE_KIND,
  readNotice,
  trustOf,
  type UntrustedProxy,
} from '../../settings/untrusted-proxy.ts'
import type { Background } from '../reply/background.ts'
import type { Check } from './guard.ts'

const HOUR = 60 * 60_000
/** How long a notice is kept, and after how long it is written again; milliseconds. */
const KEPT = 24 * HOUR
const RENEWED = HOUR

/** What noticing such headers needs. */
export interface ForwardedHeadersDeps {
  settings: { trustProxy: Settings['trustProxy'] }
  documents: DocumentStore
  clock: Clock
  logger: FastifyBaseLogger
  background: Background
}

/**
 * Notices forwarded headers from a peer that is not trusted. It is probably a reverse proxy that the settings do not
 * name: all its users then share its address, and with that one budget. One line of the log says so.
 */
export function noticeForwardedHeaders(deps: ForwardedHeadersDeps): Check {
  const { settings, documents, clock, logger, background } = deps
  const isTrusted = trustOf(settings.trustProxy)
  let warned = false
  let writtenAt = Number.NEGATIVE_INFINITY
  return async (request) => {
    const header = forwardedHeader(request)
    const peer = request.socket.remoteAddress
    if (header === null || peer === undefined || isTrusted(peer)) return
    const now = clock()
    if (now - writtenAt < RENEWED) return
    writtenAt = now
    const notice: UntrustedProxy = { peer, header, at: isoTime(now) }
    if (!warned) logger.warn(notice, describeUntrustedProxy(notice))
    warned = true
    background.run(() => documents.upsert(NOTICE_KIND, NOTICE_KEY, notice, now + KEPT, { anonymous: true }))
  }
}

/** Warns at a start of what was noticed before it, and removes the notice when the peer is trusted now. */
export async function recallForwardedHeaders({
  settings,
  documents,
  logger,
}: ForwardedHeadersDeps): Promise<void> {
  const notice = readNotice((await documents.find(NOTICE_KIND, NOTICE_KEY))?.payload)
  if (notice === null) return
  if (trustOf(settings.trustProxy)(notice.peer)) await documents.remove(NOTICE_KIND, NOTICE_KEY)
  else logger.warn(notice, describeUntrustedProxy(notice))
}

function forwardedHeader({ headers }: FastifyRequest): string | null {
  return ['x-forwarded-for', 'forwarded'].find((name) => headers[name] !== undefined) ?? null
}
