import { html } from 'htm/preact'
import type { Content } from './page.ts'

/** The credentials that stop working when the owner proves an address. */
export interface Removal {
  /** Names exactly these, for the form that was shown with them. */
  key: string
  password: boolean
  /** The names of the passkeys. */
  passkeys: readonly string[]
}

/** Says, before the button, what the button removes. */
export function removalNotice(removal: Removal | null): Content {
  if (removal === null) return null
  return html`
    <div class="caution" id="removal">
      <p>
        This confirms the mail address of the account. What was set up before may be somebody else’s, so it stops
        working, and every session of the account ends:
      </p>
      <ul>
        ${removal.password && html`<li>the password</li>`}
        ${removal.passkeys.map((name) => html`<li>the passkey${name !== '' && html` <strong>${name}</strong>`}</li>`)}
      </ul>
      <p>
        Then you can choose a passkey or a password of your own. To keep these, sign in with one of them instead and
        confirm the address on the account page.
      </p>
    </div>
  `
}
