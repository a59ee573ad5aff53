import { html } from 'htm/preact'
import { codeField, hiddenFields } from './form-parts.ts'
import type { Content } from './page.ts'
import { emailField, nameFields, type PersonForm } from './person-fields.ts'
import { type Removal, removalNotice } from './removal.ts'

/** What the profile part of the account page shows. */
export interface ProfileView extends PersonForm {
  csrf: string
  /** Name and value of what is known about the person. */
  profile: readonly (readonly [string, string])[]
  /** The address on the account, and whether it is proven. */
  address: { email: string; verified: boolean } | null
  /** Whether this browser asked for a confirmation that is pending, and what using it removes. */
  confirming: { removal: Removal | null } | null
  /** Whether the last password or passkey was used so recently that the address may be changed. */
  mayChangeAddress: boolean
}

/** Shows the profile, and changes the name and the mail address. */
export function profileSection(view: ProfileView): Content {
  const { csrf, problems } = view
  return html`
    <section aria-labelledby="profile">
      <h2 id="profile">Profile</h2>
      <dl>
        ${view.profile.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      </dl>
      ${view.address !== null && !view.address.verified && proveAddress(view)}
      <details open=${Boolean(problems.given_name || problems.family_name)}>
        <summary>Change your name</summary>
        <form method="post" action="/account/profile">
          ${hiddenFields({ csrf })} ${nameFields(view)}
          <button id="save-profile">Save the name</button>
        </form>
      </details>
      <details open=${Boolean(problems.email)}>
        <summary>${view.address === null ? 'Add a mail address' : 'Change the mail address'}</summary>
        ${view.mayChangeAddress ? addressForm(view) : confirmFirst()}
      </details>
    </section>
  `
}

function addressForm(view: ProfileView): Content {
  const hint =
    'You get a message with a link and a code to confirm it. Without an address there is no mailed sign-in.'
  return html`
    <form method="post" action="/account/email">
      ${hiddenFields({ csrf: view.csrf })} ${emailField(view, 'Mail address', hint)}
      <button id="save-email">Save the address</button>
    </form>
  `
}

function confirmFirst(): Content {
  return html`<p><a class="button" href="/account/confirm">Confirm that it is you</a>
    <span class="hint beside"> to change the address</span></p>`
}

function proveAddress({ csrf, confirming, problems }: ProfileView): Content {
  return html`
    ${
      confirming &&
      html`<form method="post" action="/account/email/code">
        ${hiddenFields({ csrf, ...(confirming.removal ? { removes: confirming.removal.key } : {}) })}
        ${codeField({ hint: 'Or open the link in the message that was mailed to you.', problem: problems.code ?? null })}
        ${removalNotice(confirming.removal)}
        <button class="primary" id="confirm-email">Confirm the address</button>
      </form>`
    }
    <form method="post" action="/account/email/verify" class="row">
      ${hiddenFields({ csrf })}
      <p class="hint">Nobody has proven yet that mail to this address reaches you.</p>
      <button id="verify-email">${confirming ? 'Mail me another message' : 'Mail me a confirmation link'}</button>
    </form>
  `
}
