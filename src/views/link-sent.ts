import { html } from 'htm/preact'
import { alert, hiddenFields, textField } from './form-parts.ts'
import { layout, type Page } from './page.ts'

/** The page behind the request for a link: it says the same whether there is such an account or not. */
export function linkSentPage(view: { action: string; csrf: string; problem: string | null }): Page {
  return layout({
    title: 'Check your mail',
    content: html`
      <h1>Check your mail</h1>
      <p>
        If there is an account of that name with a mail address, a message with a sign-in link is on its way. The
        link works once, for ten minutes.
      </p>
      ${alert(view.problem)}
      <form method="post" action=${`${view.action}/code`}>
        ${hiddenFields({ csrf: view.csrf })}
        ${textField({
          name: 'code',
          label: 'Code from the message',
          hint: 'Instead of opening the link you can type the code here.',
          autocomplete: 'one-time-code',
          autocapitalize: 'characters',
          spellcheck: false,
          maxlength: 32,
          required: true,
          class: 'code',
        })}
        <button class="primary" id="use-code">Sign in</button>
      </form>
      <p class="aside"><a href=${view.action}>Sign in another way</a></p>
    `,
  })
}
