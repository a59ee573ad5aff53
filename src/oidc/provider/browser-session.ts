import type { Provider } from 'oidc-provider'
import { command } from '../../commands/command.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { OidcDeps } from '../deps.ts'
import { ENDPOINTS } from './routes.ts'

/**
 * Gives oidc-provider's session, when a person signs in to it, the id of the browser session as its uid. Codes and
 * tokens carry that uid, so each of them names the browser session that it was issued in.
 */
export function bindToBrowserSession(provider: Provider): void {
  provider.on('interaction.ended', ({ oidc }) => {
    const sessionId = oidc.result?.login?.sessionId
    if (oidc.session && typeof sessionId === 'string') oidc.session.uid = sessionId
  })
}

/**
 * Ends the browser session, with all tokens issued in it, when a person agrees to be signed out by an application. The
 * form must come from our own page (its token is checked by oidc-provider).
 */
export function endBrowserSessionOnSignOut(
  provider: Provider,
  { commands }: Pick<OidcDeps, 'commands'>,
  requestId: () => string | null,
): void {
  const { origin } = new URL(provider.issuer)
  provider.use(async (ctx, next) => {
    if (ctx.path !== `${ENDPOINTS.end_session}/confirm`) return next()
    if (ctx.headers.origin !== undefined && ctx.headers.origin !== origin) {
      ctx.status = 403
      ctx.body = { error: 'invalid_request', error_description: 'this form was sent by another site' }
      return
    }
    await next()
    const session = ctx.oidc?.session
    if (session?.accountId === undefined || !('destroyed' in session)) return
    const userid: string = session.accountId
    const origins = {
      client: ctx.oidc.client?.clientId ?? null,
      request: requestId(),
      session: session.uid,
      flow: null,
      correlation: requestId(),
      causation: null,
    }
    const ending = command(
      'end-session',
      { session_id: session.uid, reason: 'signed_out' },
      { kind: 'user', id: userid },
      origins,
    )
    await commands.submit(ending).catch((error: unknown) => {
      // It may have ended elsewhere at the same time, which has the same result.
      if (!(error instanceof Refusal && error.code === 'not_found')) throw error
    })
  })
}
