import { html } from 'htm/preact'
import { alert, hiddenFields, textField } from './form-parts.ts'
import { layout, type Page } from './page.ts'

/** What the sign-in page shows. */
export interface LoginView {
  /** Where the forms of this sign-in post to, `/login` or below an interaction. */
  action: string
  csrf: string
  /** Where to go after it, `null` when the address says so. */
  returnTo: string | null
  /** The application that asks for the sign-in, or `null`. */
  application: string | null
  username: string
  problem: string | null
}

/** The page on which people prove who they are. */
export function loginPage(view: LoginView): Page {
  const { action, csrf, returnTo, application, problem } = view
  return layout({
    title: 'Sign in',
    script: 'login.js',
    content: html`
      <h1>Sign in</h1>
      ${application && html`<p class="lead">to continue to <strong>${application}</strong></p>`}
      ${alert(problem)}
      <form method="post" action=${action} data-passkey=${`${action}/passkey`}>
        ${hiddenFields({ csrf, ...(returnTo === null ? {} : { return_to: returnTo }) })}
        ${textField({
          name: 'username',
          label: 'User name',
          value: view.username,
          autocomplete: 'username webauthn',
          autocapitalize: 'none',
          spellcheck: false,
          maxlength: 256,
          required: true,
          autofocus: view.username === '',
        })}
        ${textField({
          name: 'password',
          label: 'Password',
          type: 'password',
          autocomplete: 'current-password',
          required: true,
          autofocus: view.username !== '',
        })}
        <button class="primary" id="sign-in">Sign in</button>
        <p class="or"><span>or</span></p>
        <button type="button" id="sign-in-passkey" hidden>Sign in with a passkey</button>
        <button id="send-link" formaction=${`${action}/link`} formnovalidate>Mail me a sign-in link</button>
      </form>
      <p class="aside"><a href="/recover">Lost your passkey or password?</a></p>
    `,
  })
}
