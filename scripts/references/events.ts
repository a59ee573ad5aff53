import type { z } from 'zod'
import { CURRENT_EVENTS, PAST_EVENTS } from '../../src/events/catalogue.ts'
import type { AnyEventDefinition } from '../../src/events/definition.ts'
import { code, GENERATED, page, table } from './markdown.ts'
import { fieldTexts } from './type-text.ts'

/** Writes the page of all event types. */
export function eventsReference(): string {
  const past = PAST_EVENTS.map((entry) => entry.definition)
  return page([
    GENERATED,
    '# Events',
    'Every change is one of these events. **Open** fields stand in the log for ever. **Personal** fields are sealed ' +
      "under the subject's own key and are gone when that key is destroyed. **Secret** fields are sealed the same way " +
      'and are never shown, not even in the audit trail.',
    '## Written today',
    ...CURRENT_EVENTS.map(section),
    '## Read only',
    'Older versions that stand in old logs. They are brought up to date as they are read.',
    ...past.map(section),
  ])
}

function section(definition: AnyEventDefinition): string {
  const key = definition.opensSubject
    ? ' Opens its subject: the key that seals personal data is made here.'
    : ''
  return [
    `### ${definition.type}@${definition.version}`,
    definition.summary,
    `Stream: ${code(definition.stream)}.${key}`,
    table(
      ['Field', 'Kept', 'Type'],
      [
        ...rows('open', definition.open),
        ...rows('personal', definition.personal),
        ...rows('secret', definition.secret),
      ],
    ),
  ].join('\n\n')
}

function rows(kept: string, part: z.ZodObject): string[][] {
  return fieldTexts(part).map(({ path, text }) => [code(path), kept, text])
}
