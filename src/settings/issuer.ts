import { isIP } from 'node:net'
import { isDomainName, isIpHost } from '../kernel/domain-name.ts'

/**
 * Says why a text cannot be the public address, as the end of a sentence; `null` when it can. Pages, cookies and
 * endpoints are served at the root of a host, so it has no path.
 */
export function issuerProblem(text: string): string | null {
  if (!/^https?:\/\/[^\s\\/][^\s\\]*$/i.test(text) || !URL.canParse(text))
    return 'must be an absolute https URL'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text))
    return 'must not contain a user name or password'
  if (/[?#]/.test(text)) return 'must not have a query or a fragment'
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'must be https; plain http is for localhost only'
  if (url.hostname.endsWith('.')) return 'must not have a dot at the end of its host'
  if (!isIpHost(url.hostname) && !isDomainName(url.hostname))
    return 'must name a host by a domain name or an IP address'
  if (url.port === '0') return 'must not have the port 0'
  if (url.pathname !== '/')
    return `must not have a path: it is served at the root of its host, like ${url.origin}`
  return null
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  )
}
