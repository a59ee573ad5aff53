import type { IncomingMessage, ServerResponse } from 'node:http'
import * as oidc from 'openid-client'
import { failurePage, homePage, welcomePage } from './pages.ts'
import { AppSessions, type SignedInUser } from './sessions.ts'
import type { RelyingPartySettings } from './settings.ts'

const SCOPE = 'openid profile email groups offline_access'

/** Makes the application: it learns everything about Countersign from its discovery document. */
export async function createRelyingParty(settings: RelyingPartySettings) {
  const issuer = new URL(settings.issuer)
  // Plain http is for trying things out on one machine.
  const execute = issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []
  const config = await oidc.discovery(issuer, settings.clientId, settings.clientSecret, undefined, {
    execute,
  })
  const sessions = new AppSessions()
  const redirectUri = `${settings.url}/callback`

  const home = async (request: IncomingMessage, response: ServerResponse) => {
    const user = sessions.of(request)?.user
    if (!user) return send(response, 200, welcomePage())
    // Asked anew each time: when the person is signed out or deactivated there, it ends here too.
    const claims = await oidc.fetchUserInfo(config, user.accessToken, user.subject)
    return send(response, 200, homePage({ claims, scope: user.scope, refreshes: user.refreshes }))
  }

  const login = async (_request: IncomingMessage, response: ServerResponse) => {
    const codeVerifier = oidc.randomPKCECodeVerifier()
    const pending = { codeVerifier, state: oidc.randomState(), nonce: oidc.randomNonce() }
    const target = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: SCOPE,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    })
    redirect(response, target.href, sessions.begin({ pending, user: null }))
  }

  const callback = async (request: IncomingMessage, response: ServerResponse) => {
    const session = sessions.of(request)
    if (!session?.pending) return send(response, 400, failurePage('this sign-in did not begin here'))
    const { codeVerifier, state, nonce } = session.pending
    session.pending = null
    const tokens = await oidc.authorizationCodeGrant(config, new URL(request.url ?? '/', settings.url), {
      pkceCodeVerifier: codeVerifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    })
    const subject = tokens.claims()?.sub ?? ''
    const user = { ...held(tokens), idToken: tokens.id_token ?? '', subject, refreshes: 0 }
    redirect(response, '/', sessions.begin({ pending: null, user }))
  }

  const refresh = async (request: IncomingMessage, response: ServerResponse) => {
    const user = sessions.of(request)?.user
    if (!user?.refreshToken) return send(response, 400, failurePage('there is no refresh token'))
    const tokens = await oidc.refreshTokenGrant(config, user.refreshToken)
    Object.assign(user, held(tokens), { refreshes: user.refreshes + 1 })
    redirect(response, '/')
  }

  const logout = async (request: IncomingMessage, response: ServerResponse) => {
    const session = sessions.of(request)
    if (!session?.user) return redirect(response, '/')
    const { idToken } = session.user
    session.user = null
    const target = oidc.buildEndSessionUrl(config, {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${settings.url}/`,
    })
    redirect(response, target.href)
  }

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
    'GET /': home,
    'GET /login': login,
    'GET /callback': callback,
    'POST /refresh': refresh,
    'POST /logout': logout,
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', settings.url)
    const route = routes[`${request.method} ${pathname}`]
    if (!route) return send(response, 404, failurePage('there is nothing here'))
    try {
      await route(request, response)
    } catch (error) {
      const session = sessions.of(request)
      if (session) session.user = null
      send(response, 401, failurePage(error instanceof Error ? error.message : String(error)))
    }
  }
}

function held(
  tokens: oidc.TokenEndpointResponse,
): Pick<SignedInUser, 'accessToken' | 'refreshToken' | 'scope'> {
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    scope: tokens.scope ?? SCOPE,
  }
}

function send(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .end(html)
}

function redirect(response: ServerResponse, location: string, cookie?: string): void {
  response.writeHead(303, { location, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) }).end()
}
