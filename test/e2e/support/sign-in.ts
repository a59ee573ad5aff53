import type { UserAgent } from '../../oidc/support/user-agent.ts'
import { submitForm } from './forms.ts'
import type { RunningServer } from './running-server.ts'

/** Goes with a browser to an application's authorization request, signs in, and answers where it is sent back to. */
export async function signInAt(
  { issuer }: Pick<RunningServer, 'issuer'>,
  agent: UserAgent,
  authorizationUrl: URL,
  person: { username: string; password: string },
): Promise<URL> {
  const shown = await agent.follow(authorizationUrl.href, issuer)
  const posted = await submitForm(agent, shown.url, (await shown.response?.text()) ?? '', person)
  if (posted.status !== 303) throw new Error(`The sign-in failed: ${posted.status} ${await posted.text()}`)
  const { url } = await agent.follow(new URL(posted.headers.get('location') ?? '', issuer).href, issuer)
  return new URL(url)
}
