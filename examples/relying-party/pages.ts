const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Makes text harmless inside HTML. */
export const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

function page(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Relying party</title><h1>Relying party</h1>${body}</html>`
}

/** What nobody in particular sees. */
export const welcomePage = () =>
  page('<p>You are not signed in here.</p><p><a id="sign-in" href="/login">Sign in</a></p>')

/** What somebody who is signed in sees: what the application was told. */
export function homePage(view: { claims: object; scope: string; refreshes: number }): string {
  return page(`<p>You are signed in. Granted: <code id="scope">${escaped(view.scope)}</code>,
refreshed <span id="refreshes">${view.refreshes}</span> times.</p>
<pre id="claims">${escaped(JSON.stringify(view.claims, null, 2))}</pre>
<form method="post" action="/refresh"><button id="refresh">Refresh the tokens</button></form>
<form method="post" action="/logout"><button id="sign-out">Sign out</button></form>`)
}

/** What is seen when signing in did not work. */
export const failurePage = (reason: string) =>
  page(`<p id="failure">That did not work: ${escaped(reason)}</p><p><a href="/login">Try again</a></p>`)
