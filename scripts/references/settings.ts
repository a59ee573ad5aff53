import { z } from 'zod'
import { settingDocs, settingsSchema } from '../../src/settings/schema.ts'
import { code, GENERATED, page, table } from './markdown.ts'

/** Writes the page of all settings. */
export function settingsReference(): string {
  const rows = Object.values(settingsSchema.shape).map((schema) => {
    const doc = settingDocs.get(schema)
    if (!doc) throw new Error('A setting has no documentation')
    const preset =
      schema instanceof z.ZodPrefault ? code(String(schema.def.defaultValue)) : (doc.otherwise ?? '')
    const words = doc.secret
      ? `${doc.description} Secret: also as ${code(`${doc.variable}_FILE`)}.`
      : doc.description
    return [code(doc.variable), preset.replace(/[<>]/g, '\\$&'), words, code(doc.example)]
  })
  return page([
    GENERATED,
    '# Settings',
    'Countersign is configured by environment variables. An unknown name that begins with `OIDC_OP_`, or a bad value, ' +
      'stops the start with exit code 78 and one message that lists all faults. The value of a secret is never ' +
      'printed; each secret can be read from a file instead, named by the variable with `_FILE` at its end.',
    table(['Variable', 'Default', 'What it decides', 'Example'], rows),
  ])
}
