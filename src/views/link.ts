import { html } from 'htm/preact'
import { hiddenFields } from './form-parts.ts'
import { layout, type Page } from './page.ts'

/** The page of a mailed link: opening it does nothing, the button does. */
export function linkPage(view: {
  token: string
  csrf: string
  username: string
  purpose: 'sign_in' | 'email_verification'
  /** Whether the browser is the one that asked for the link. */
  sameBrowser: boolean
}): Page {
  const signsIn = view.purpose === 'sign_in'
  return layout({
    title: signsIn ? 'Sign in' : 'Confirm your address',
    content: html`
      <h1>${signsIn ? 'Sign in' : 'Confirm your mail address'}</h1>
      ${
        view.sameBrowser
          ? html`<p>You asked for this link a moment ago.</p>`
          : html`<p class="caution">
              This link was asked for in another browser. Go on only if it was you, and if this is your own device.
            </p>`
      }
      <p>${signsIn ? 'You will be signed in as' : 'The address is that of'} <strong>${view.username}</strong>.</p>
      <form method="post" action=${`/link/${view.token}`}>
        ${hiddenFields({ csrf: view.csrf })}
        <button class="primary" id="use-link">
          ${signsIn ? `Sign in as ${view.username}` : 'Confirm the address'}
        </button>
      </form>
      <p class="aside">If you did not ask for it, close this page. Nothing has happened yet.</p>
    `,
  })
}
