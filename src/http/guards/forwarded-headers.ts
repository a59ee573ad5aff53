import { BlockList, isIP, isIPv6 } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { HttpDeps } from '../deps.ts'

/** Where the last notice is kept: one document, so that other commands can tell of it. */
export const NOTICE_KIND = 'operator_notice'
export const NOTICE_KEY = 'untrusted_proxy'

const HOUR = 60 * 60_000
/** How long a notice is kept, and after how long it is written again; milliseconds. */
const KEPT = 24 * HOUR
const RENEWED = HOUR

const stored = z.object({ peer: z.string(), header: z.string(), at: z.string() })

/** That forwarded headers came from a peer whose headers do not count. */
export type UntrustedProxy = z.infer<typeof stored>

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

/** Reads a notice, as the store gives it. */
export function readNotice(payload: unknown): UntrustedProxy | null {
  return stored.safeParse(payload).data ?? null
}

/** Says what was noticed, what it does, and what to do about it. */
export function describeUntrustedProxy({ peer, header, at }: UntrustedProxy): string {
  return (
    `Requests with the header ${header} came from ${peer}, last noticed at ${at}, and that address is not trusted. ` +
    'If it is your reverse proxy, set OIDC_OP_TRUST_PROXY to it: until then all who come through it share one budget ' +
    'of sign-ins. If not, somebody is trying to pass for another address, to no effect'
  )
}

/** Tells whether an address can only be a neighbour in the operator’s own network, so hardly a stranger’s. */
export function isNeighbour(peer: string): boolean {
  return NEIGHBOURS(peer)
}

/** Makes the judge of whether an address is one of those, or in one of those networks. */
export function trustOf(entries: readonly string[]): (peer: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (peer) => {
    const plain = peer.replace(/%.*$/, '')
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain
    return isIP(mapped) !== 0 && list.check(mapped, isIPv6(mapped) ? 'ipv6' : 'ipv4')
  }
}

/** Loopback, link-local and private networks (RFC 6890). */
const NEIGHBOURS = trustOf([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
])

function forwardedHeader({ headers }: FastifyRequest): string | null {
  return ['x-forwarded-for', 'forwarded'].find((name) => headers[name] !== undefined) ?? null
}
