import type { Provider } from 'oidc-provider'
import { ENDPOINTS } from './routes.ts'

/**
 * Takes a request for `offline_access` as one for consent too. The specification ties the two (OpenID Connect Core
 * §11) and oidc-provider drops the scope in silence without `prompt=consent`, which most applications do not send.
 * The person is asked as if they had; for the operator's own applications consent takes no page.
 */
export function askConsentForOfflineAccess(provider: Provider): void {
  provider.use(async (ctx, next) => {
    const { scope, prompt } = ctx.query
    if (
      ctx.path === ENDPOINTS.authorization &&
      typeof scope === 'string' &&
      scope.split(' ').includes('offline_access')
    ) {
      const prompts = typeof prompt === 'string' ? prompt.split(' ').filter((name) => name !== '') : []
      const single = prompt === undefined || typeof prompt === 'string'
      if (single && !prompts.includes('none') && !prompts.includes('consent')) {
        ctx.query = { ...ctx.query, prompt: [...prompts, 'consent'].join(' ') }
      }
    }
    await next()
  })
}
