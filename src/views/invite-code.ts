import { html } from 'htm/preact'
import { alert, codeField, hiddenFields, textField } from './form-parts.ts'
import { layout, type Page } from './page.ts'

/** The page for typing the code of an invitation. */
export function inviteCodePage(view: { csrf: string; username: string; problem: string | null }): Page {
  return layout({
    title: 'Accept your invitation',
    content: html`
      <h1>Accept your invitation</h1>
      <p class="lead">Type what the message says that invited you, or open the link in it.</p>
      ${alert(view.problem)}
      <form method="post" action="/invite">
        ${hiddenFields({ csrf: view.csrf })}
        ${textField({
          name: 'username',
          label: 'User name',
          value: view.username,
          autocomplete: 'username',
          autocapitalize: 'none',
          spellcheck: false,
          maxlength: 128,
          required: true,
        })}
        ${codeField({ hint: 'Eight letters and digits.', problem: null })}
        <button class="primary" id="use-code">Go on</button>
      </form>
      <p class="aside"><a href="/login">Sign in</a> if you have an account already.</p>
    `,
  })
}
