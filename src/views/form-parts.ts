import { html } from 'htm/preact'
import type { Content } from './page.ts'

/** Hidden fields of a form. */
export function hiddenFields(fields: Readonly<Record<string, string>>): Content {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name=${name} value=${value} />`,
  )
}

/**
 * A field with its label above it; `hint`, and what is wrong with what was typed, are below it and read out with it.
 */
export function textField({
  name,
  label,
  hint,
  problem = null,
  ...attributes
}: {
  name: string
  label: string
  hint?: string | undefined
  problem?: string | null | undefined
  [attribute: string]: string | boolean | number | null | undefined
}): Content {
  const descriptions = [problem !== null && `${name}-problem`, hint && `${name}-hint`].filter(Boolean)
  return html`
    <div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        name=${name}
        aria-describedby=${descriptions.length > 0 ? descriptions.join(' ') : undefined}
        aria-invalid=${problem === null ? undefined : 'true'}
        ...${attributes}
      />
      ${problem !== null && html`<p class="alert" id=${`${name}-problem`} role="alert">${problem}</p>`}
      ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}
    </div>
  `
}

/** The field for the code of a message. */
export function codeField({ hint, problem }: { hint: string; problem: string | null }): Content {
  return textField({
    name: 'code',
    label: 'Code from the message',
    hint,
    problem,
    autocomplete: 'one-time-code',
    autocapitalize: 'characters',
    spellcheck: false,
    maxlength: 32,
    required: true,
    class: 'code',
  })
}

/** An error message, read out at once; empty when there is none, and filled by modules. */
export function alert(text: string | null, id = 'problem'): Content {
  return html`<p class="alert" id=${id} role="alert" hidden=${text === null}>${text}</p>`
}

/** A success message. */
export function notice(text: string | null): Content {
  return text !== null && html`<p class="notice" role="status">${text}</p>`
}

/** A time for people, `22 Nov 2026, 09:46 UTC`. */
export function timeOf(iso: string): Content {
  const text = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(new Date(iso))
  return html`<time datetime=${iso}>${text} UTC</time>`
}
