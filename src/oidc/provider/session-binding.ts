import type { Provider } from 'oidc-provider'

/**
 * Gives oidc-provider's session, when a person signs in to it, the id of the browser session as its uid. Codes and
 * tokens carry that uid on, so each of them knows which browser session it came of.
 */
export function bindToBrowserSession(provider: Provider): void {
  provider.on('interaction.ended', ({ oidc }) => {
    const sessionId = oidc.result?.login?.sessionId
    if (oidc.session && typeof sessionId === 'string') oidc.session.uid = sessionId
  })
}
