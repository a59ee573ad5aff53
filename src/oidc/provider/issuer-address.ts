import type { Provider } from 'oidc-provider'

/**
 * Makes a provider build every address from the issuer. By default it uses the `Host` header, which the sender of a
 * request chooses, and which is not the public one when a proxy is in front.
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
