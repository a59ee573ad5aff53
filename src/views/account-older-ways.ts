import { html } from 'htm/preact'
import type { PasskeyView } from './account-passkeys.ts'
import { hiddenFields, timeOf } from './form-parts.ts'
import type { Content } from './page.ts'

/** The credentials that are older than the one set by a recovery, each of which can be removed. */
export function olderWaysSection({
  csrf,
  passkeys,
  password,
}: {
  csrf: string
  passkeys: readonly PasskeyView[]
  /** When the password was set, `null` when there is no older one. */
  password: string | null
}): Content {
  if (passkeys.length === 0 && password === null) return null
  return html`
    <section aria-labelledby="older-ways">
      <h2 id="older-ways">Older ways in that still work</h2>
      <p class="hint">Your account was recovered. Remove what you lost, or what may be in other hands.</p>
      <ul class="items">
        ${passkeys.map(
          (passkey) => html`
            <li>
              <div class="what">
                <strong>${passkey.name === '' ? 'Passkey' : passkey.name}</strong>
                <span class="hint">passkey, added ${timeOf(passkey.createdAt)}</span>
              </div>
              ${removal(csrf, `/account/passkeys/${passkey.id}/remove`, passkey.name || 'passkey')}
            </li>
          `,
        )}
        ${
          password !== null &&
          html`<li>
            <div class="what"><strong>Password</strong><span class="hint">set ${timeOf(password)}</span></div>
            ${removal(csrf, '/account/password/remove', 'password')}
          </li>`
        }
      </ul>
    </section>
  `
}

function removal(csrf: string, action: string, what: string): Content {
  return html`
    <form method="post" action=${action}>
      ${hiddenFields({ csrf })}
      <button class="danger">Remove<span class="unseen"> the older ${what}</span></button>
    </form>
  `
}
