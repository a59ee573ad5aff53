import { html } from 'htm/preact'
import { type Content, layout, type Page } from './page.ts'

/** A part of a request: one parameter, or one field of the body. */
export interface ApiField {
  name: string
  /** Where it is, such as `query`. */
  place: string
  required: boolean
  /** What it is, in a word: `string`, `integer`, `a list`. */
  type: string
  description: string | null
}

/** One operation of the API. */
export interface ApiOperation {
  method: string
  path: string
  tag: string
  summary: string
  fields: readonly ApiField[]
  statuses: readonly string[]
}

/** The description of the API for people to read. */
export function apiDescriptionPage(view: {
  title: string
  about: readonly string[]
  operations: readonly ApiOperation[]
}): Page {
  const tags = [...new Set(view.operations.map(({ tag }) => tag))]
  return layout({
    title: view.title,
    wide: true,
    content: html`
      <h1>${view.title}</h1>
      ${view.about.map((paragraph) => html`<p>${paragraph}</p>`)}
      <p><a href="/openapi.json">The same as OpenAPI document</a></p>
      ${tags.map(
        (tag) => html`
          <section>
            <h2>${tag}</h2>
            ${view.operations.filter((operation) => operation.tag === tag).map(operationDetails)}
          </section>
        `,
      )}
    `,
  })
}

function operationDetails({ method, path, summary, fields, statuses }: ApiOperation): Content {
  return html`
    <details>
      <summary><code>${method} ${path}</code> ${summary}</summary>
      <dl>
        ${fields.map(
          ({ name, place, required, type, description }) => html`
            <div>
              <dt><code>${name}</code></dt>
              <dd>${type}, ${place}${required && ', required'}${description !== null && `. ${description}`}</dd>
            </div>
          `,
        )}
        <div><dt>Answers</dt><dd>${statuses.join(', ')}</dd></div>
      </dl>
    </details>
  `
}
