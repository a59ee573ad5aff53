import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
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
 * Notices forwarded headers from a peer that is not trusted, which is what a reverse proxy looks like that the settings
 * do not know: everybody then shares its address, and with that one budget. The log tells once.
 */
export function noticeForwardedHeaders(app: FastifyInstance, deps: ForwardedHeadersDeps): void {
  const { settings, documents, clock, logger, background } = deps
  const isTrusted = trustOf(settings.trustProxy)
  let warned = false
  let writtenAt = Number.NEGATIVE_INFINITY
  app.addHook('onRequest', async (request) => {
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
  })
}

/** Tells at a start what was noticed before it, and forgets it when the peer is trusted by now. */
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
