import type { Provider } from 'oidc-provider'
import { ENDPOINTS } from './routes.ts'

/**
 * Takes a request for `offline_access` as one for consent too. The specification ties the two (OpenID Connect Core
 * §11) and oidc-provider drops the scope in silence without `prompt=consent`, which most applications do not send.
 * The person is asked as if they had; for the operator's own applications consent takes no page.
 */
export function askConsentForOfflineAccess(provider: Provider): void {
  provider.use((ctx, next) => {
    if (ctx.path === ENDPOINTS.authorization) {
      const { scope, prompt = '' } = ctx.query
      // What is given twice is left alone: oidc-provider refuses it.
      if (
        typeof scope === 'string' &&
        typeof prompt === 'string' &&
        scope.split(' ').includes('offline_access')
      ) {
        const prompts = prompt.split(' ').filter((name) => name !== '')
        const asks = prompts.includes('none') || prompts.includes('consent')
        if (!asks) ctx.query = { ...ctx.query, prompt: [...prompts, 'consent'].join(' ') }
      }
    }
    return next()
  })
}
