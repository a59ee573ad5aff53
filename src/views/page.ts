import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** What a template gives: one element, or several side by side. */
export type Content = VNode | VNode[]

/** A page that waits for the nonce of the reply it is sent with. */
export type Page = (nonce: string) => string

/** Lays out a page. `script` names a module in the assets; the page must be of use without it too. */
export function layout({
  title,
  content,
  script,
}: {
  title: string
  content: Content
  script?: string
}): Page {
  return (nonce) =>
    `<!doctype html>${renderToString(
      html`
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>${title} · Countersign</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
          <link rel="stylesheet" href="/assets/style.css" />
          ${script && html`<script type="module" nonce=${nonce} src=${`/assets/${script}`}></script>`}
        </head>
        <body>
          <header><a href="/account">Countersign</a></header>
          <main>${content}</main>
        </body>
      </html>
    ` as VNode,
    )}`
}
