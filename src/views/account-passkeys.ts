import { html } from 'htm/preact'
import { hiddenFields, timeOf } from './form-parts.ts'
import type { Content } from './page.ts'

/** A passkey in the list of its owner. Times are ISO 8601. */
export interface PasskeyView {
  /** base64url. */
  id: string
  name: string
  createdAt: string
  lastUsedAt: string | null
  /** Whether it is bound to one device. */
  oneDevice: boolean
}

/** Lists the passkeys, and adds, renames and removes them. */
export function passkeySection({
  csrf,
  passkeys,
  fresh,
}: {
  csrf: string
  passkeys: readonly PasskeyView[]
  fresh: boolean
}): Content {
  return html`
    <section aria-labelledby="passkeys">
      <h2 id="passkeys">Passkeys</h2>
      ${
        passkeys.length === 0
          ? html`<p class="hint">You have none. A passkey is quicker than a password, and nobody can steal it by a trick.</p>`
          : html`<ul class="items">
              ${passkeys.map((passkey) => passkeyItem(passkey, csrf, fresh))}
            </ul>`
      }
      <p class="alert" id="passkey-problem" role="alert" hidden></p>
      ${
        fresh
          ? html`<form method="post" action="/account/passkeys" data-passkey="/account/passkeys">
              ${hiddenFields({ csrf })}
              <button type="button" id="add-passkey" hidden>Add a passkey</button>
            </form>`
          : html`<p><a class="button" id="confirm-first" href="/account/confirm">Confirm that it is you</a>
              <span class="hint beside"> to add or remove passkeys</span></p>`
      }
    </section>
  `
}

function passkeyItem(passkey: PasskeyView, csrf: string, fresh: boolean): Content {
  const path = `/account/passkeys/${passkey.id}`
  const label = passkey.name === '' ? 'Passkey' : passkey.name
  return html`
    <li>
      <div class="what">
        <strong>${label}</strong>
        <span class="hint">
          added ${timeOf(passkey.createdAt)}${passkey.lastUsedAt !== null && html`, last used ${timeOf(passkey.lastUsedAt)}`}${passkey.oneDevice && ', on one device only'}
        </span>
      </div>
      <details>
        <summary>Change<span class="unseen"> ${label}</span></summary>
        <form method="post" action=${`${path}/name`} class="row">
          ${hiddenFields({ csrf })}
          <label class="unseen" for=${`name-${passkey.id}`}>New name of ${label}</label>
          <input id=${`name-${passkey.id}`} name="device_name" value=${passkey.name} maxlength="128" autocomplete="off" />
          <button>Rename</button>
        </form>
        ${
          fresh &&
          html`<form method="post" action=${`${path}/remove`}>
            ${hiddenFields({ csrf })}
            <button class="danger">Remove<span class="unseen"> ${label}</span></button>
          </form>`
        }
      </details>
    </li>
  `
}
