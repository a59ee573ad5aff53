import type { OidcPages } from '../../oidc/provider/rendering.ts'
import { messagePage } from '../../views/message.ts'
import { signOutPage } from '../../views/sign-out.ts'

/** Pages without scripts need no nonce. */
const NO_NONCE = ''

const SIGNED_OUT = {
  title: 'You are signed out',
  text: 'You can close this window.',
  next: { href: '/login', label: 'Sign in again' },
}

/** Shows the messages of the provider as pages of this service. */
export const oidcPages: OidcPages = {
  fault: ({ status, error, description }) => {
    if (status === 429) return messagePage({ title: 'Too many requests', text: `${description}.` })(NO_NONCE)
    const ours = status >= 500
    return messagePage({
      title: ours ? 'Something went wrong here' : 'This request cannot be answered',
      text: ours
        ? 'Please try again in a moment.'
        : `Go back to the application and start again. If this happens again, tell its makers: ${error}${description === null ? '' : `, ${description}`}.`,
    })(NO_NONCE)
  },
  confirmSignOut: ({ action, xsrf, clientName }) =>
    signOutPage({ action, xsrf, application: clientName })(NO_NONCE),
  signedOut: () => messagePage(SIGNED_OUT)(NO_NONCE),
}
