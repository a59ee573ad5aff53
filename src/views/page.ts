import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** What a template gives: one element, or several side by side; nothing for `null` and `false`. */
export type Content = VNode | VNode[] | string | null | false

/** A page that needs the nonce of its reply. */
export type Page = (nonce: string) => string

/** What every page is made of. */
export interface PageParts {
  title: string
  content: Content
  /** A module of the assets; the page must work without it too. */
  script?: string
  /** A page of many parts instead of one form. */
  wide?: boolean
  /** The right part of the head, such as the sign-out button. */
  aside?: Content
}

/** Lays out a page. */
export function layout({ title, content, script, wide = false, aside = null }: PageParts): Page {
  return (nonce) =>
    `<!doctype html>${renderToString(html`
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>${title} · Countersign</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
          <link rel="stylesheet" href="/assets/style.css" />
          ${script && html`<script type="module" nonce=${nonce} src=${`/assets/${script}`}></script>`}
        </head>
        <body>
          <div class=${wide ? 'sheet wide' : 'sheet'}>
            <header>
              <a class="brand" href="/account"><img src="/assets/icon.svg" alt="" width="28" height="28" />Countersign</a>
              ${aside}
            </header>
            <main>${content}</main>
          </div>
        </body>
      </html>
    `)}`
}
