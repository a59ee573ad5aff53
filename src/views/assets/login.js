// Signing in, or confirming, with a passkey: by the button, or picked from the list under the user name.
import { onClick, post, show, wasCancelled } from './ceremony.js'
import { browserSupportsWebAuthn } from './simplewebauthn/helpers/browserSupportsWebAuthn.js'
import { browserSupportsWebAuthnAutofill } from './simplewebauthn/helpers/browserSupportsWebAuthnAutofill.js'
import { startAuthentication } from './simplewebauthn/methods/startAuthentication.js'

/** Challenges end after five minutes; an open page asks for another before. */
const RENEW_AFTER = 4 * 60_000

const form = document.querySelector('form[data-passkey]')
const button = document.getElementById('sign-in-passkey')

async function signIn(useBrowserAutofill) {
  const url = form.dataset.passkey
  const optionsJSON = await post(`${url}/options`)
  const response = await startAuthentication({ optionsJSON, useBrowserAutofill })
  const returnTo = form.querySelector('input[name="return_to"]')?.value
  const { location } = await post(url, { response, return_to: returnTo })
  window.location.assign(location)
}

// Each start of a ceremony ends the one before, so the button works while the list waits.
async function offerAutofill() {
  const renewal = setTimeout(offerAutofill, RENEW_AFTER)
  try {
    await signIn(true)
  } catch (error) {
    if (wasCancelled(error)) return
    clearTimeout(renewal)
    show(error.message)
  }
}

if (form && button && browserSupportsWebAuthn()) {
  onClick(button, () => signIn(false))
  if (form.querySelector('[autocomplete~="webauthn"]') && (await browserSupportsWebAuthnAutofill())) {
    offerAutofill()
  }
}
