import { html } from 'htm/preact'
import { hiddenFields, textField } from './form-parts.ts'
import { layout, type Page } from './page.ts'

/** The page that says what to do after losing a passkey or password. */
export function recoverPage({ csrf }: { csrf: string }): Page {
  return layout({
    title: 'Lost your way in?',
    content: html`
      <h1>Lost your way in?</h1>
      <p>
        <strong>If you still get mail</strong> at the address of your account, a mailed link signs you in. With it you
        can use your applications; to protect you, it changes no passkey and no password.
      </p>
      <form method="post" action="/login/link">
        ${hiddenFields({ csrf })}
        ${textField({
          name: 'username',
          label: 'User name',
          autocomplete: 'username',
          autocapitalize: 'none',
          spellcheck: false,
          maxlength: 256,
          required: true,
        })}
        <button class="primary" id="send-link">Mail me a sign-in link</button>
      </form>
      <p class="aside">
        <strong>For a new passkey or password</strong>, ask an administrator for a recovery link. It ends all your
        sessions, and afterwards you see which older ways in still work and can remove them.
      </p>
      <p class="aside"><strong>If you have a code</strong> from an invitation, <a href="/invite">type it here</a>.</p>
      <p class="aside"><a href="/login">Sign in</a></p>
    `,
  })
}
