import { BlockList, isIP, isIPv6 } from 'node:net'
import { z } from 'zod'

/** The document that keeps the last notice, so that other commands can report it. */
export const NOTICE_KIND = 'operator_notice'
export const NOTICE_KEY = 'untrusted_proxy'

const stored = z.object({ peer: z.string(), header: z.string(), at: z.string() })

/** A notice that forwarded headers came from a peer that is not trusted. */
export type UntrustedProxy = z.infer<typeof stored>

/** Reads a notice from its stored payload. */
export function readNotice(payload: unknown): UntrustedProxy | null {
  return stored.safeParse(payload).data ?? null
}

/** Describes the notice: what happened, its effect, and what to do about it. */
export function describeUntrustedProxy({ peer, header, at }: UntrustedProxy): string {
  return (
    `Requests with the header ${header} came from ${peer}, last noticed at ${at}, and that address is not trusted. ` +
    'If it is your reverse proxy, set OIDC_OP_TRUST_PROXY to it: until then everyone who comes through it shares one budget ' +
    'of sign-ins. If not, someone is trying to pass for another address, without effect'
  )
}

/** Tells whether an address can only be in the operator's own network. */
export function isNeighbour(peer: string): boolean {
  return NEIGHBOURS(peer)
}

/** Makes a function that tells whether an address is one of the entries, or in one of their networks. */
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
