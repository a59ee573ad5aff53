import { html } from 'htm/preact'
import { codeField, hiddenFields } from './form-parts.ts'
import { layout, type Page } from './page.ts'
import { type Removal, removalNotice } from './removal.ts'

/** What the page after the request for a link shows. */
export interface LinkSentView {
  action: string
  csrf: string
  problem: string | null
  /** The right code that was typed, and what using it removes; `null` while none was. */
  confirm: { code: string; removal: Removal } | null
}

/** The page after the request for a link: it says the same whether the account exists or not. */
export function linkSentPage({ action, csrf, problem, confirm }: LinkSentView): Page {
  if (confirm) return confirmPage(action, csrf, confirm)
  return layout({
    title: 'Check your mail',
    content: html`
      <h1>Check your mail</h1>
      <p>
        If there is an account of that name with a mail address, a message with a sign-in link is on its way. The
        link works once, for ten minutes.
      </p>
      <form method="post" action=${`${action}/code`}>
        ${hiddenFields({ csrf })}
        ${codeField({ hint: 'Instead of opening the link you can type the code here.', problem })}
        <button class="primary" id="use-code">Sign in</button>
      </form>
      <p class="aside"><a href=${action}>Sign in another way</a></p>
    `,
  })
}

function confirmPage(
  action: string,
  csrf: string,
  { code, removal }: { code: string; removal: Removal },
): Page {
  return layout({
    title: 'Sign in',
    content: html`
      <h1>Sign in</h1>
      <p>The code is right.</p>
      <form method="post" action=${`${action}/code`}>
        ${hiddenFields({ csrf, code, removes: removal.key })}
        ${removalNotice(removal)}
        <button class="primary" id="use-code">Sign in</button>
      </form>
      <p class="aside"><a href=${action}>Sign in another way</a>, and nothing is removed.</p>
    `,
  })
}
