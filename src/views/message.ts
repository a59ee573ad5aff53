import { html } from 'htm/preact'
import { layout, type Page } from './page.ts'

/** A page that says one thing, and what to do next. */
export function messagePage(view: {
  title: string
  text: string
  next?: { href: string; label: string }
  /** Finds the request in the log. */
  requestId?: string
}): Page {
  return layout({
    title: view.title,
    content: html`
      <h1>${view.title}</h1>
      <p>${view.text}</p>
      ${view.next && html`<p><a class="button" href=${view.next.href}>${view.next.label}</a></p>`}
      ${view.requestId && html`<p class="hint">Request ${view.requestId}</p>`}
    `,
  })
}
