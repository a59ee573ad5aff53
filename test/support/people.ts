import { SoftwareAuthenticator } from '../authn/software-authenticator.ts'
import type { TestApp } from './app.ts'
import type { TestBrowser } from './browser.ts'

/** A password that the policy lets pass. */
export const PASSWORD = 'copper lantern under seven bridges'
/** Another one. */
export const OTHER_PASSWORD = 'twelve walnut drawers of old letters'

/** Signs in with a password through the page, and answers the reply to the form. */
export async function signIn(browser: TestBrowser, username: string, password = PASSWORD) {
  await browser.get('/login')
  return browser.submit('/login', { username, password })
}

/** Makes a link, and answers its token. */
export async function makeLink(
  service: TestApp,
  purpose: 'invitation' | 'claim' | 'recovery' | 'sign_in' | 'email_verification',
  whose: { username: string; userid?: string; groups?: string[]; browser_hash?: string },
): Promise<string> {
  return (await makeLinkWithCode(service, purpose, whose)).token
}

/** Makes a link, and answers its token and its code. */
export async function makeLinkWithCode(
  service: TestApp,
  purpose: 'invitation' | 'claim' | 'recovery' | 'sign_in' | 'email_verification',
  whose: { username: string; userid?: string; groups?: string[]; browser_hash?: string },
): Promise<{ token: string; code: string }> {
  const link = service.deps.links.create({ purpose })
  await service.does('issue-magic-link', {
    link_id: link.link_id,
    token_hash: link.token_hash,
    purpose,
    expires_at: link.expires_at,
    ...whose,
  })
  return { token: link.token.reveal(), code: link.code.reveal() }
}

/** The token and the code of the last mail with a link. A token can have in it what looks like a code. */
export async function mailedLink(service: TestApp): Promise<{ token: string; code: string }> {
  await service.settled()
  const text = service.mails.at(-1)?.text ?? ''
  return {
    token: /\/link\/([A-Za-z0-9_-]{43})/.exec(text)?.[1] ?? '',
    code: /(?<![\w-])([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})(?![\w-])/.exec(text)?.[1] ?? '',
  }
}

/** Opens an account by an invitation with a passkey; answers its id and the authenticator that holds it. */
export async function joinWithPasskey(
  service: TestApp,
  username: string,
  { browser = service.browser(), groups = [] as string[], counting = true } = {},
): Promise<{ userid: string; authenticator: SoftwareAuthenticator; browser: TestBrowser }> {
  const authenticator = new SoftwareAuthenticator({ origin: new URL(service.issuer).origin, counting })
  const token = await makeLink(service, 'invitation', { username, groups })
  await browser.get(`/invite/${token}`)
  const options = await browser.post(`/invite/${token}/passkey/options`, { username })
  const response = authenticator.register(options.json())
  const accepted = await browser.post(`/invite/${token}/passkey`, { username, response })
  if (accepted.statusCode !== 200) throw new Error(`The passkey was refused: ${accepted.body}`)
  const userid = service.storage.views.users.byUsername(username)?.userid ?? ''
  return { userid, authenticator, browser }
}

/** Signs in with a passkey through the endpoints of the page, and answers the last reply. */
export async function signInWithPasskey(
  browser: TestBrowser,
  authenticator: SoftwareAuthenticator,
  overrides: Parameters<SoftwareAuthenticator['authenticate']>[1] = {},
) {
  await browser.get('/login')
  const options = await browser.post('/login/passkey/options', {})
  const response = authenticator.authenticate(options.json(), overrides)
  return browser.post('/login/passkey', { response })
}

/** Tells whether a browser is signed in. */
export async function isSignedIn(browser: TestBrowser): Promise<boolean> {
  return (await browser.get('/account')).statusCode === 200
}
