import { html } from 'htm/preact'
import { alert, hiddenFields, textField } from './form-parts.ts'
import { type Content, layout, type Page } from './page.ts'

/** What the page for a first passkey or password shows. */
export interface FirstCredentialView {
  csrf: string
  username: string
  leastLength: number
  /** Where it leads to: a path within this service. */
  returnTo: string
  /** Whether the mailed link was used recently enough. */
  fresh: boolean
  problem: string | null
}

/** The page that follows a mailed link into an account that has neither a passkey nor a password. */
export function firstCredentialPage(view: FirstCredentialView): Page {
  return layout({
    title: 'Choose how you sign in',
    script: 'account.js',
    content: html`
      <h1>Choose how you sign in</h1>
      <p class="lead">
        You are signed in as <strong>${view.username}</strong>. This account has no passkey and no password yet; with
        one of them you need no message the next time.
      </p>
      ${view.fresh ? choices(view) : freshLinkForm(view)}
      <p class="aside"><a id="later" href=${view.returnTo}>Go on without</a>; you can do it later with a new link.</p>
    `,
  })
}

function choices({ csrf, username, leastLength, returnTo, problem }: FirstCredentialView): Content {
  return html`
    ${alert(null, 'passkey-problem')}
    <form method="post" action="/account/passkeys" data-passkey="/account/passkeys" data-then=${returnTo}>
      ${hiddenFields({ csrf })}
      <button type="button" class="primary" id="add-passkey" hidden>Create a passkey</button>
    </form>
    <form method="post" action="/account/password">
      ${hiddenFields({ csrf, return_to: returnTo, first: '1' })}
      <input type="text" name="username" autocomplete="username" value=${username} readonly hidden />
      ${textField({
        name: 'password',
        label: 'Password',
        hint: `At least ${leastLength} characters; a few words in a row are easy to keep in mind.`,
        problem,
        type: 'password',
        autocomplete: 'new-password',
        required: true,
      })}
      <button id="set-password">Set this password</button>
    </form>
  `
}

/** The form that asks for a mailed link to choose a first passkey or password. */
export function freshLinkForm({ csrf, username }: { csrf: string; username: string }): Content {
  return html`
    <p>For that you need a link that was mailed to you in the last minutes.</p>
    <form method="post" action="/login/link">
      ${hiddenFields({ csrf, username, return_to: '/account' })}
      <button class="primary" id="send-link">Mail me a new link</button>
    </form>
  `
}
