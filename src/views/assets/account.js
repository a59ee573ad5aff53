// Adding a passkey to the own account.
import { onClick, post } from './ceremony.js'
import { browserSupportsWebAuthn } from './simplewebauthn/helpers/browserSupportsWebAuthn.js'
import { startRegistration } from './simplewebauthn/methods/startRegistration.js'

const button = document.getElementById('add-passkey')

async function add() {
  const url = button.form.dataset.passkey
  try {
    const optionsJSON = await post(`${url}/options`)
    const response = await startRegistration({ optionsJSON })
    await post(url, { response })
    window.location.assign(button.form.dataset.then ?? '/account?done=passkey_added')
  } catch (error) {
    if (error.code === 'proof_needed') window.location.assign('/account/confirm')
    else throw error
  }
}

if (button && browserSupportsWebAuthn()) onClick(button, add, 'passkey-problem')
