import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { contentPolicy } from './security-headers.ts'

/** An error in a browser's request, as it may be shown. */
export interface ProtocolFault {
  status: number
  /** The error code of the protocol, such as `invalid_request`. */
  error: string
  description: string | null
}

/** What a person is asked before an application signs them out. */
export interface SignOutQuestion {
  /** Where the form is posted; it must carry `xsrf`, and `logout` with the value `yes`. */
  action: string
  xsrf: string
  /** The name of the application that asks, or `null` when it did not say who it is. */
  clientName: string | null
}

/** The pages that the protocol's own addresses show. Each is a whole HTML document without scripts. */
export interface OidcPages {
  fault(fault: ProtocolFault): string
  confirmSignOut(question: SignOutQuestion): string
  signedOut(): string
}

/** Shows an error that cannot be sent to an application. */
export function renderFault(ctx: PageContext, pages: OidcPages, out: ErrorOut): void {
  const { error, error_description: description = null } = out
  send(ctx, pages.fault({ status: ctx.status, error, description }), ["'none'"])
}

/** Asks whether to sign out (OpenID Connect RP-Initiated Logout §2): a link alone must not do it. */
export function askSignOut(ctx: KoaContextWithOIDC, pages: OidcPages): void {
  const state = ctx.oidc.session?.state as { secret: string; postLogoutRedirectUri?: string }
  const question = {
    action: ctx.oidc.urlFor('end_session_confirm'),
    xsrf: state.secret,
    clientName: ctx.oidc.client?.clientName ?? ctx.oidc.client?.clientId ?? null,
  }
  const target = state.postLogoutRedirectUri
  send(ctx, pages.confirmSignOut(question), ["'self'", ...(target === undefined ? [] : [formTarget(target)])])
}

/** Says that the person is signed out, when no application wants the browser back. */
export function showSignedOut(ctx: KoaContextWithOIDC, pages: OidcPages): void {
  send(ctx, pages.signedOut(), ["'none'"])
}

/** What a page is sent with. */
type PageContext = Pick<KoaContextWithOIDC, 'set' | 'status' | 'type' | 'body'>

function send(ctx: PageContext, html: string, formTargets: readonly string[]): void {
  ctx.set('cache-control', 'no-store')
  ctx.set('content-security-policy', `${contentPolicy}; form-action ${formTargets.join(' ')}`)
  ctx.type = 'html'
  ctx.body = html
}

/** Names the target of a redirect for `form-action`, which browsers apply to redirects after a form too. */
function formTarget(uri: string): string {
  const { origin, protocol } = new URL(uri)
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol
}
