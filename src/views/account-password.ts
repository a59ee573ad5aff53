import { html } from 'htm/preact'
import { hiddenFields, textField } from './form-parts.ts'
import type { Content } from './page.ts'

/** Sets, changes and removes the password. */
export function passwordSection(view: {
  csrf: string
  username: string
  hasPassword: boolean
  passkeys: readonly unknown[]
  leastLength: number
  fresh: boolean
  problems: Readonly<Partial<Record<string, string>>>
}): Content {
  const { csrf, hasPassword, fresh, problems } = view
  const isWrong = Boolean(problems.current_password || problems.password)
  return html`
    <section aria-labelledby="password-heading">
      <h2 id="password-heading">Password</h2>
      ${!hasPassword && html`<p class="hint">You have none.</p>`}
      ${
        hasPassword || fresh
          ? html`<details open=${isWrong}>
              <summary>${hasPassword ? 'Change the password' : 'Set a password'}</summary>
              <form method="post" action="/account/password">
                ${hiddenFields({ csrf })}
                <input type="text" name="username" autocomplete="username" value=${view.username} readonly hidden />
                ${
                  (!fresh || problems.current_password !== undefined) &&
                  textField({
                    name: 'current_password',
                    label: 'Current password',
                    problem: problems.current_password,
                    type: 'password',
                    autocomplete: 'current-password',
                    required: true,
                  })
                }
                ${textField({
                  name: 'password',
                  label: 'New password',
                  problem: problems.password,
                  hint: `At least ${view.leastLength} characters. Your other sessions end.`,
                  type: 'password',
                  autocomplete: 'new-password',
                  required: true,
                })}
                <button id="set-password">${hasPassword ? 'Change the password' : 'Set the password'}</button>
              </form>
              ${
                hasPassword &&
                fresh &&
                view.passkeys.length > 0 &&
                html`<form method="post" action="/account/password/remove">
                  ${hiddenFields({ csrf })}
                  <button class="danger" id="remove-password">Remove the password</button>
                </form>`
              }
            </details>`
          : html`<p><a class="button" href="/account/confirm">Confirm that it is you</a>
              <span class="hint beside"> to set one</span></p>`
      }
    </section>
  `
}
