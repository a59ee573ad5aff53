import { html } from 'htm/preact'
import { textField } from './form-parts.ts'
import type { Content } from './page.ts'

/** What was typed about a person, and what is wrong with it by field. */
export interface PersonForm {
  typed: { given_name: string; family_name: string; email: string }
  problems: Readonly<Partial<Record<string, string>>>
}

/** The fields for a person's name. */
export function nameFields({ typed, problems }: PersonForm): Content {
  return html`
    ${textField({
      name: 'given_name',
      label: 'Given name (optional)',
      value: typed.given_name,
      problem: problems.given_name,
      autocomplete: 'given-name',
      maxlength: 256,
    })}
    ${textField({
      name: 'family_name',
      label: 'Family name (optional)',
      value: typed.family_name,
      problem: problems.family_name,
      autocomplete: 'family-name',
      maxlength: 256,
    })}
  `
}

/** The field for a mail address; `hint` says what it is for. */
export function emailField({ typed, problems }: PersonForm, label: string, hint: string): Content {
  return textField({
    name: 'email',
    label,
    hint,
    type: 'email',
    value: typed.email,
    problem: problems.email,
    autocomplete: 'email',
    spellcheck: false,
    autocapitalize: 'none',
    maxlength: 1024,
  })
}
