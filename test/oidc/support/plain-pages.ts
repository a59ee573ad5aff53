import type { OidcPages } from '../../../src/oidc/provider/rendering.ts'

/** Pages that say what they were given, for tests that look at the provider alone. */
export const plainPages: OidcPages = {
  fault: (fault) => `<p id="fault">${JSON.stringify(fault).replaceAll('<', '&lt;')}</p>`,
  confirmSignOut: ({ action, xsrf }) =>
    `<form method="post" action="${action}"><input type="hidden" name="xsrf" value="${xsrf}"><input type="hidden" name="logout" value="yes"></form>`,
  signedOut: () => '<p id="signed-out">signed out</p>',
}
