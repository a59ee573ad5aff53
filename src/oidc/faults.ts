import type { EventEmitter } from 'node:events'
import type { Provider } from 'oidc-provider'
import { Refusal } from '../kernel/refusal.ts'
import type { OidcDeps } from './deps.ts'

/** What the store refuses for a while only: the same request may be good in a moment. */
const PASSING: ReadonlySet<string> = new Set([
  'overloaded',
  'outcome_unknown',
  'storage_full',
  'storage_failed',
])

/** Reports what no client is to blame for, and answers 503 where trying again can help. */
export function reportFaults(provider: Provider, { report }: Pick<OidcDeps, 'report'>): void {
  const passing = new WeakSet<object>()
  provider.on('server_error', (ctx, error) => {
    report(error)
    if (error instanceof Refusal && PASSING.has(error.code)) passing.add(ctx.req)
  })
  // What Koa itself reports, which the types of the provider do not name.
  const koa: EventEmitter = provider
  koa.on('error', report)
  provider.use(async (ctx, next) => {
    await next()
    if (!passing.has(ctx.req) || ctx.status !== 500) return
    ctx.status = 503
    ctx.set('retry-after', '1')
    ctx.body = { error: 'temporarily_unavailable', error_description: 'the service is busy; try again' }
  })
}
