import { html } from 'htm/preact'
import { codeField, hiddenFields } from './form-parts.ts'
import { layout, type Page } from './page.ts'
import { type Removal, removalNotice } from './removal.ts'

/** What the page of a mailed link shows. */
export interface LinkView {
  token: string
  csrf: string
  username: string
  purpose: 'sign_in' | 'email_verification'
  /**
   * Why this browser may use the link: it asked for it, the owner is signed in, an administrator handed the link over,
   * or none of these, and then the code has to be typed.
   */
  by: 'asked' | 'owner' | 'handed' | 'code'
  removal: Removal | null
  /** What is wrong with the code, or `null`. */
  problem: string | null
}

const LEADS = {
  asked: html`<p>You asked for this link a moment ago.</p>`,
  owner: null,
  handed: html`<p class="caution">Go on only if somebody you know gave you this link, and if this is your own device.</p>`,
  code: html`<p class="caution">
    This link was asked for in another browser. Go on only if it was you, and if this is your own device: type the
    code from the same message.
  </p>`,
} as const

/** The page of a mailed link: opening it does nothing, the button does. */
export function linkPage(view: LinkView): Page {
  const signsIn = view.purpose === 'sign_in'
  return layout({
    title: signsIn ? 'Sign in' : 'Confirm your address',
    content: html`
      <h1>${signsIn ? 'Sign in' : 'Confirm your mail address'}</h1>
      ${LEADS[view.by]}
      <p>${signsIn ? 'You will be signed in as' : 'The address is that of'} <strong>${view.username}</strong>.</p>
      <form method="post" action=${`/link/${view.token}`}>
        ${hiddenFields({ csrf: view.csrf, ...(view.removal ? { removes: view.removal.key } : {}) })}
        ${view.by === 'code' && codeField({ hint: 'Eight letters and digits.', problem: view.problem })}
        ${removalNotice(view.removal)}
        <button class="primary" id="use-link">
          ${signsIn ? `Sign in as ${view.username}` : 'Confirm the address'}
        </button>
      </form>
      <p class="aside">If you did not ask for it, close this page. Nothing has happened yet.</p>
    `,
  })
}
