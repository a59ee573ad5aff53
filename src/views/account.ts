import { html } from 'htm/preact'
import { olderWaysSection } from './account-older-ways.ts'
import { type PasskeyView, passkeySection } from './account-passkeys.ts'
import { passwordSection } from './account-password.ts'
import { type ProfileView, profileSection } from './account-profile.ts'
import { type SessionView, sessionSection } from './account-sessions.ts'
import { alert, hiddenFields, notice } from './form-parts.ts'
import { type Content, layout, type Page } from './page.ts'

/** What a user sees of the account. */
export interface AccountView extends ProfileView {
  username: string
  passkeys: readonly PasskeyView[]
  /** When the password was set, ISO 8601; `null` when there is none. */
  passwordSetAt: string | null
  /** Whether the account was just recovered. */
  recovered: boolean
  leastLength: number
  sessions: readonly SessionView[]
  /** Whether the last password or passkey was used so recently that credentials may be changed. */
  fresh: boolean
  problem: string | null
  done: string | null
}

/** The landing page of a signed-in user. */
export function accountPage(view: AccountView): Page {
  return layout({
    title: 'Your account',
    wide: true,
    script: 'account.js',
    aside: signOut(view.csrf),
    content: html`
      <h1>Your account</h1>
      ${alert(view.problem)} ${notice(view.done)}
      ${view.recovered && olderWays(view)} ${profileSection(view)} ${passkeySection(view)}
      ${passwordSection({ ...view, hasPassword: view.passwordSetAt !== null })} ${sessionSection(view)}
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

/** The credentials that are older than the newest, which the recovery set. */
function olderWays({ csrf, passkeys, passwordSetAt }: AccountView): Content {
  const newest = [...passkeys.map(({ createdAt }) => createdAt), passwordSetAt ?? ''].sort().at(-1)
  return olderWaysSection({
    csrf,
    passkeys: passkeys.filter(({ createdAt }) => createdAt !== newest),
    password: passwordSetAt === newest ? null : passwordSetAt,
  })
}
