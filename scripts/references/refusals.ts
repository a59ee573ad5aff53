import { REFUSALS } from '../../src/kernel/refusal.ts'
import { code, GENERATED, page, table } from './markdown.ts'

/** Writes the page of all refusal codes. */
export function refusalsReference(): string {
  return page([
    GENERATED,
    '# Refusals',
    'Every refusal carries one of these codes. The codes are stable; the texts beside them may change.',
    table(
      ['Code', 'Meaning'],
      Object.entries(REFUSALS).map(([name, meaning]) => [code(name), meaning]),
    ),
  ])
}
