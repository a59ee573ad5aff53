import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isoTime } from '../../kernel/clock.ts'
import {
  describeUntrustedProxy,
  NOTICE_KEY,
  NOTICE_KIND,
  readNotice,
  trustOf,
  type UntrustedProxy,
} from '../../settings/untrusted-proxy.ts'
import type { HttpDeps } from '../deps.ts'

const HOUR = 60 * 60_000
/** How long a notice is kept, and after how long it is written again; milliseconds. */
const KEPT = 24 * HOUR
const RENEWED = HOUR

type Deps = Pick<HttpDeps, 'settings' | 'documents' | 'clock' | 'logger' | 'background'>

/**
 * Notices forwarded headers from a peer that is not trusted, which is what a reverse proxy looks like that the settings
 * do not know: everybody then shares its address, and with that one budget. The log tells once.
 */
export function noticeForwardedHeaders(app: FastifyInstance, deps: Deps): void {
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
export async function recallForwardedHeaders({ settings, documents, logger }: Deps): Promise<void> {
  const notice = readNotice((await documents.find(NOTICE_KIND, NOTICE_KEY))?.payload)
  if (notice === null) return
  if (trustOf(settings.trustProxy)(notice.peer)) await documents.remove(NOTICE_KIND, NOTICE_KEY)
  else logger.warn(notice, describeUntrustedProxy(notice))
}

function forwardedHeader({ headers }: FastifyRequest): string | null {
  return ['x-forwarded-for', 'forwarded'].find((name) => headers[name] !== undefined) ?? null
}
