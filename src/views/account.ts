import { html } from 'htm/preact'
import { type PasskeyView, passkeySection } from './account-passkeys.ts'
import { passwordSection } from './account-password.ts'
import { type SessionView, sessionSection } from './account-sessions.ts'
import { alert, hiddenFields, notice } from './form-parts.ts'
import { type Content, layout, type Page } from './page.ts'

/** What a person sees about the own account. */
export interface AccountView {
  csrf: string
  username: string
  /** Name and value of what is known about the person. */
  profile: readonly (readonly [string, string])[]
  /** An address that is not proven yet, or `null`. */
  unprovenEmail: string | null
  passkeys: readonly PasskeyView[]
  hasPassword: boolean
  leastLength: number
  sessions: readonly SessionView[]
  /** Whether the last password or passkey was given so lately that credentials may be changed. */
  fresh: boolean
  problem: string | null
  done: string | null
}

/** The landing page of whoever is signed in. */
export function accountPage(view: AccountView): Page {
  return layout({
    title: 'Your account',
    wide: true,
    script: 'account.js',
    aside: signOut(view.csrf),
    content: html`
      <h1>Your account</h1>
      ${alert(view.problem)} ${notice(view.done)}
      <section aria-labelledby="profile">
        <h2 id="profile">Profile</h2>
        <dl>
          ${view.profile.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
        </dl>
        ${view.unprovenEmail !== null && proveAddress(view.csrf)}
      </section>
      ${passkeySection(view)} ${passwordSection(view)} ${sessionSection(view)}
    `,
  })
}

function signOut(csrf: string): Content {
  return html`
    <form method="post" action="/logout">
      ${hiddenFields({ csrf })}
      <button class="quiet" id="sign-out">Sign out</button>
    </form>
  `
}

function proveAddress(csrf: string): Content {
  return html`
    <form method="post" action="/account/email/verify" class="row">
      ${hiddenFields({ csrf })}
      <p class="hint">Nobody has proven yet that mail to this address reaches you.</p>
      <button id="verify-email">Mail me a confirmation link</button>
    </form>
  `
}
