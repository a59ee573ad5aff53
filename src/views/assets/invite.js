// Accepting an invitation, a claim or a recovery with a passkey.
import { onClick, post } from './ceremony.js'
import { browserSupportsWebAuthn } from './simplewebauthn/helpers/browserSupportsWebAuthn.js'
import { startRegistration } from './simplewebauthn/methods/startRegistration.js'

const form = document.querySelector('form[data-passkey]')
const name = form.querySelector('#username')

async function accept() {
  if (!name.reportValidity()) return
  const url = form.dataset.passkey
  const username = name.value
  const optionsJSON = await post(`${url}/options`, { username })
  const response = await startRegistration({ optionsJSON })
  const { location } = await post(url, { username, response })
  window.location.assign(location)
}

if (browserSupportsWebAuthn()) {
  onClick(document.getElementById('accept-passkey'), accept)
  document.getElementById('passkey-hint').hidden = false
  document.getElementById('passkey-or').hidden = false
}
