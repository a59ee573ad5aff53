// Accepting an invitation, a claim or a recovery with a passkey.
import { onClick, post } from './ceremony.js'
import { browserSupportsWebAuthn } from './simplewebauthn/helpers/browserSupportsWebAuthn.js'
import { startRegistration } from './simplewebauthn/methods/startRegistration.js'

const form = document.querySelector('form[data-passkey]')

/** What was typed about the person: everything but the password, which a passkey takes the place of. */
function person() {
  const { password: _, csrf: __, ...fields } = Object.fromEntries(new FormData(form))
  return fields
}

async function accept() {
  const typed = [...form.querySelectorAll('input:not([name="password"])')]
  if (!typed.every((input) => input.reportValidity())) return
  const url = form.dataset.passkey
  const fields = person()
  const optionsJSON = await post(`${url}/options`, fields)
  const response = await startRegistration({ optionsJSON })
  const { location } = await post(url, { ...fields, response })
  window.location.assign(location)
}

if (browserSupportsWebAuthn()) {
  onClick(document.getElementById('accept-passkey'), accept)
  document.getElementById('passkey-hint').hidden = false
  document.getElementById('passkey-or').hidden = false
}
