import { BlockList, isIP, isIPv6 } from 'node:net'
import { z } from 'zod'

/** Where the last notice is kept: one document, so that other commands can tell of it. */
export const NOTICE_KIND = 'operator_notice'
export const NOTICE_KEY = 'untrusted_proxy'

const stored = z.object({ peer: z.string(), header: z.string(), at: z.string() })

/** That forwarded headers came from a peer whose headers do not count. */
export type UntrustedProxy = z.infer<typeof stored>

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
