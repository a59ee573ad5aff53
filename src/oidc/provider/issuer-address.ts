import type { Provider } from 'oidc-provider'

/**
 * Makes a provider build every address from the issuer. By itself it goes by the `Host` header, which whoever
 * sends a request can choose, and which behind a proxy is not the public one.
 */
export function buildAddressesFromIssuer(provider: Provider): void {
  const { protocol, host, origin, pathname } = new URL(provider.issuer)
  const fixed = (value: string) => ({ get: () => value, configurable: true })
  Object.defineProperties(provider.request, {
    protocol: fixed(protocol.slice(0, -1)),
    host: fixed(host),
    href: fixed(`${origin}/`),
  })
  Object.defineProperty(provider.context, 'mountPath', fixed(pathname.replace(/\/$/, '')))
}
