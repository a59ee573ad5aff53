import type { Provider } from 'oidc-provider'
import { ENDPOINTS } from './routes.ts'

/**
 * Treats a request for `offline_access` as one for consent too. OpenID Connect Core §11 requires consent, and
 * oidc-provider silently drops the scope without `prompt=consent`, which most applications do not send. The person is
 * asked as if they had; the operator's own applications need no page.
 */
export function askConsentForOfflineAccess(provider: Provider): void {
  provider.use((ctx, next) => {
    if (ctx.path === ENDPOINTS.authorization) {
      const { scope, prompt = '' } = ctx.query
      // A repeated parameter is left as it is: oidc-provider refuses it.
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
