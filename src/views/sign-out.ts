import { html } from 'htm/preact'
import { hiddenFields } from './form-parts.ts'
import { layout, type Page } from './page.ts'

/** The page to which an application sends a person who signs out there. */
export function signOutPage(view: { action: string; xsrf: string; application: string | null }): Page {
  return layout({
    title: 'Sign out?',
    content: html`
      <h1>Sign out?</h1>
      <p class="lead">
        ${
          view.application === null
            ? 'An application asks to sign you out.'
            : html`<strong>${view.application}</strong> asks to sign you out.`
        }
      </p>
      <p>You will be signed out of this service and of the applications that you reached through it.</p>
      <form method="post" action=${view.action}>
        ${hiddenFields({ xsrf: view.xsrf, logout: 'yes' })}
        <button class="primary" id="sign-out">Sign out</button>
      </form>
      <p class="aside"><a href="/account">Stay signed in</a></p>
    `,
  })
}
