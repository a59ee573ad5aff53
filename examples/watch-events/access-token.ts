import { NotAllowed } from './not-allowed.ts'
import type { WatcherSettings } from './settings.ts'

/**
 * Gets an access token for the admin API in the watcher's own name (RFC 6749 §4.4).
 *
 * @param signal gives up waiting when it aborts.
 * @throws NotAllowed when the client is not known or may not have the scope.
 */
export async function fetchAccessToken(
  { issuer, clientId, clientSecret }: WatcherSettings,
  signal: AbortSignal,
): Promise<string> {
  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`, { signal })
  const { token_endpoint } = (await discovery.json()) as { token_endpoint: string }
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':')
  const response = await fetch(token_endpoint, {
    method: 'POST',
    signal,
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'admin' }),
  })
  const answer = (await response.json()) as {
    access_token?: string
    error?: string
    error_description?: string
  }
  if (answer.access_token === undefined) {
    throw new NotAllowed(`No access token: ${answer.error} ${answer.error_description ?? ''}`)
  }
  return answer.access_token
}
