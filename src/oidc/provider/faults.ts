import type { EventEmitter } from 'node:events'
import { errors, type Provider } from 'oidc-provider'
import { passingRefusal } from '../../kernel/mongodb-faults.ts'
import { TooManyRequests } from '../../kernel/refusal.ts'
import type { ProviderContext } from '../adapters/pending-writes.ts'
import type { OidcDeps } from '../deps.ts'
import { renderFault } from './rendering.ts'

/** Makes the function that answers a request whose writes failed. */
export function faultAnswer({ pages, report }: Pick<OidcDeps, 'pages' | 'report'>) {
  return (ctx: ProviderContext, error: unknown): void => {
    ctx.remove('location')
    const { status, ...out } = faultOf(error)
    if (status >= 500) report(error)
    if (error instanceof TooManyRequests) ctx.set('retry-after', String(error.retryAfter))
    else if (status === 503) ctx.set('retry-after', '1')
    ctx.status = status
    ctx.set('cache-control', 'no-store')
    if (ctx.accepts('json', 'html') === 'html') renderFault(ctx, pages, out)
    else ctx.body = out
  }
}

function faultOf(error: unknown): { status: number; error: string; error_description: string } {
  if (error instanceof errors.OIDCProviderError && error.expose) {
    const { statusCode: status, error: code, error_description = code } = error
    return { status, error: code, error_description }
  }
  if (error instanceof TooManyRequests) {
    return { status: 429, error: 'temporarily_unavailable', error_description: error.message }
  }
  if (passingRefusal(error)) {
    return {
      status: 503,
      error: 'temporarily_unavailable',
      error_description: 'the service is busy; try again',
    }
  }
  return { status: 500, error: 'server_error', error_description: 'something went wrong here' }
}

/** Reports errors that no client caused, and answers 503 where trying again can help. */
export function reportFaults(provider: Provider, deps: Pick<OidcDeps, 'pages' | 'report'>): void {
  const answer = faultAnswer(deps)
  const failed = new WeakMap<object, unknown>()
  provider.on('server_error', (ctx, error) => failed.set(ctx.req, error))
  // Koa's own event, which the types of the provider do not name.
  const koa: EventEmitter = provider
  koa.on('error', deps.report)
  provider.use(async (ctx, next) => {
    await next()
    if (!failed.has(ctx.req)) return
    // A failed authorization request is answered by a redirect to the application, which is kept.
    if (ctx.status === 500) answer(ctx, failed.get(ctx.req))
    else deps.report(failed.get(ctx.req))
  })
}
