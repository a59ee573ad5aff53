import { html } from 'htm/preact'
import { hiddenFields, timeOf } from './form-parts.ts'
import type { Content } from './page.ts'

/** A session in the list of its owner. Times are ISO 8601. */
export interface SessionView {
  id: string
  device: string | null
  address: string | null
  startedAt: string
  /** Whether it is the current session. */
  current: boolean
}

/** Lists where the person is signed in, and ends it. */
export function sessionSection({
  csrf,
  sessions,
}: {
  csrf: string
  sessions: readonly SessionView[]
}): Content {
  return html`
    <section aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      <ul class="items">
        ${sessions.map((session) => sessionItem(session, csrf))}
      </ul>
      ${
        sessions.length > 1 &&
        html`<form method="post" action="/account/sessions/end-others">
          ${hiddenFields({ csrf })}
          <button id="end-others">Sign out everywhere else</button>
        </form>`
      }
    </section>
  `
}

function sessionItem(session: SessionView, csrf: string): Content {
  const device = session.device ?? 'Unknown device'
  return html`
    <li>
      <div class="what">
        <strong>${device}</strong>
        <span class="hint">
          since ${timeOf(session.startedAt)}${session.address !== null && `, from ${session.address}`}
        </span>
      </div>
      ${
        session.current
          ? html`<span class="badge">This browser</span>`
          : html`<form method="post" action=${`/account/sessions/${session.id}/end`}>
              ${hiddenFields({ csrf })}
              <button>End<span class="unseen"> ${device}</span></button>
            </form>`
      }
    </li>
  `
}
