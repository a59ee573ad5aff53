import { html } from 'htm/preact'
import { freshLinkForm } from './first-credential.ts'
import { alert, hiddenFields, textField } from './form-parts.ts'
import { layout, type Page } from './page.ts'

/** The page on which a signed-in user proves again who it is, before a sensitive change. */
export function confirmPage(view: {
  csrf: string
  username: string
  returnTo: string
  hasPassword: boolean
  hasPasskey: boolean
  /** Whether a link can be mailed to the user. */
  hasAddress: boolean
  problem: string | null
}): Page {
  const { hasPassword, hasPasskey } = view
  return layout({
    title: 'Confirm that it is you',
    script: 'login.js',
    content: html`
      <h1>Confirm that it is you</h1>
      <p class="lead">Signed in as <strong>${view.username}</strong>. A change of how you sign in needs a fresh proof.</p>
      ${alert(view.problem)}
      ${
        !hasPassword &&
        !hasPasskey &&
        html`<p>You have neither a password nor a passkey yet.</p>
          ${
            view.hasAddress
              ? freshLinkForm(view)
              : html`<p>There is no mail address on the account either. An administrator can give you a recovery link.</p>`
          }`
      }
      <form method="post" action="/account/confirm" data-passkey=${hasPasskey ? '/account/confirm/passkey' : undefined}>
        ${hiddenFields({ csrf: view.csrf, return_to: view.returnTo })}
        <input type="text" name="username" autocomplete="username" value=${view.username} readonly hidden />
        ${
          hasPassword &&
          html`${textField({
            name: 'password',
            label: 'Password',
            type: 'password',
            autocomplete: 'current-password',
            required: true,
            autofocus: true,
          })}
          <button class="primary" id="confirm">Confirm</button>`
        }
        ${hasPasskey && html`<button type="button" id="sign-in-passkey" hidden>Confirm with a passkey</button>`}
      </form>
      <p class="aside"><a href="/account">Back</a></p>
    `,
  })
}
