import { html } from 'htm/preact'
import { hiddenFields } from './form-parts.ts'
import { layout, type Page } from './page.ts'

const SCOPES: Readonly<Record<string, string>> = {
  openid: 'know who you are: your user id',
  profile: 'see your name, picture and language',
  email: 'see your mail address',
  phone: 'see your phone number',
  groups: 'see which groups you belong to',
  offline_access: 'keep this access while you are away',
  admin: 'administer this service in your name',
}

/** The page on which a person lets a third-party application read data. */
export function consentPage(view: {
  action: string
  csrf: string
  application: string
  /** Where the answer goes, as people read it: the host of the redirect URI. */
  destination: string
  username: string
  scopes: readonly string[]
}): Page {
  return layout({
    title: `Allow ${view.application}?`,
    content: html`
      <h1>Allow ${view.application}?</h1>
      <p class="lead">
        You are signed in as <strong>${view.username}</strong>. <strong>${view.application}</strong> would like to:
      </p>
      <ul class="scopes">
        ${view.scopes.map((scope) => html`<li>${SCOPES[scope] ?? scope}</li>`)}
      </ul>
      <p class="hint">You will be sent back to ${view.destination}.</p>
      <form method="post" action=${view.action}>
        ${hiddenFields({ csrf: view.csrf })}
        <button class="primary" id="consent-allow" name="decision" value="allow">Allow</button>
        <button id="consent-deny" name="decision" value="deny">Do not allow</button>
      </form>
    `,
  })
}
