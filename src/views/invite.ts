import { html } from 'htm/preact'
import { alert, hiddenFields, textField, timeOf } from './form-parts.ts'
import { type Content, layout, type Page } from './page.ts'
import { emailField, nameFields, type PersonForm } from './person-fields.ts'

/** What the page of an invitation, a claim or a recovery shows. */
export interface InviteView extends PersonForm {
  token: string
  csrf: string
  purpose: 'invitation' | 'claim' | 'recovery'
  username: string
  /** Until when it can be accepted, ISO 8601. */
  expiresAt: string
  leastLength: number
  /** What is wrong with the form as a whole. */
  problem: string | null
}

const WORDS = {
  invitation: {
    title: 'Accept your invitation',
    lead: 'Say who you are, and choose how you want to sign in from now on.',
    button: 'Accept with this password',
  },
  claim: {
    title: 'Claim this service',
    lead: 'Nobody administers this service yet. Choose a user name and how you want to sign in; you will be its first administrator.',
    button: 'Claim with this password',
  },
  recovery: {
    title: 'Recover your account',
    lead: 'Choose a new way to sign in. You will be signed out everywhere else.',
    button: 'Set this password',
  },
} as const

/** The page for setting a first credential, or a new one. */
export function invitePage(view: InviteView): Page {
  const { token, csrf, purpose, username, problem, problems } = view
  const words = WORDS[purpose]
  const chooses = purpose === 'claim'
  return layout({
    title: words.title,
    script: 'invite.js',
    content: html`
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${alert(problem)}
      <form method="post" action=${`/invite/${token}`} data-passkey=${`/invite/${token}/passkey`}>
        ${hiddenFields({ csrf })}
        ${textField({
          name: 'username',
          label: 'User name',
          value: username,
          problem: problems.username,
          autocomplete: 'username',
          autocapitalize: 'none',
          spellcheck: false,
          maxlength: 128,
          required: true,
          readonly: !chooses,
          autofocus: chooses,
        })}
        ${purpose !== 'recovery' && personFields(view)}
        <button type="button" class="primary" id="accept-passkey" hidden>Create a passkey</button>
        <p class="hint" id="passkey-hint" hidden>
          The quickest and safest way: your fingerprint, your face or the PIN of your device.
        </p>
        <p class="or" id="passkey-or" hidden><span>or</span></p>
        ${textField({
          name: 'password',
          label: 'Password',
          hint: `At least ${view.leastLength} characters; a few words in a row are easy to keep in mind.`,
          problem: problems.password,
          type: 'password',
          autocomplete: 'new-password',
          required: true,
        })}
        <button id="accept">${words.button}</button>
      </form>
      <p class="aside">This page works once, until ${timeOf(view.expiresAt)}.</p>
    `,
  })
}

function personFields(view: InviteView): Content {
  return html`
    ${nameFields(view)}
    ${emailField(
      view,
      'Mail address (optional)',
      'With it you can sign in by a mailed link. You get a message to confirm it.',
    )}
  `
}
