import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/catalogue.ts'
import { checkCommand } from '../../src/engine/decide.ts'
import { deviceName } from '../../src/http/request/device-name.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { createViews } from '../../src/projections/views.ts'
import { Dice } from '../properties/dice.ts'
import { randomCommand } from '../properties/random-command.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index))

/** Characters that nobody sees, by what they do. */
const HIDDEN: Record<string, string[]> = {
  controls: [...range(0, 0x1f), ...range(0x7f, 0x9f)],
  'embeddings and overrides': range(0x202a, 0x202e),
  isolates: range(0x2066, 0x2069),
  'marks of direction, and characters of no width': [...range(0x200b, 0x200f), '\u061c'],
  'joiners and invisible operators': range(0x2060, 0x2065),
  'deprecated format characters': range(0x206a, 0x206f),
  'a byte order mark': ['\ufeff'],
  'a soft hyphen': ['\u00ad'],
  'line and paragraph separators': ['\u2028', '\u2029'],
  'variation selectors': [...range(0xfe00, 0xfe0f), '\u{e0100}', '\u{e01ef}', '\u180b'],
  tags: ['\u{e0001}', ...range(0xe0020, 0xe007f)],
  'interlinear annotations': range(0xfff9, 0xfffb),
  'fillers that look empty': ['\u115f', '\u3164', '\uffa0', '\u034f', '\u17b4'],
  'musical and shorthand controls': ['\u{1d173}', '\u{1bca0}'],
  'halves of characters': ['\ud83d', '\ude00'],
  'no characters at all': ['\uffff', '\ufdd0', '\u{1ffff}'],
}

interface Field {
  type: string
  path: (string | number)[]
  input: Record<string, unknown>
  value: string
}

/** Finds every text in a value. */
function* textsIn(
  value: unknown,
  path: (string | number)[] = [],
): Generator<{ path: (string | number)[]; value: string }> {
  if (typeof value === 'string') yield { path, value }
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    yield* textsIn(inner, [...path, Array.isArray(value) ? Number(name) : name])
  }
}

const plain = (path: readonly (string | number)[]) =>
  path.filter((part) => typeof part === 'string').join('.')

/** One sample of every text field of every command, with an input that is good as it is. */
function everyField(): Field[] {
  const views = createViews(emptyReadModels())
  const dice = new Dice(7)
  const fields = new Map<string, Field>()
  for (let round = 0; round < 6_000; round += 1) {
    const { type, input } = randomCommand(dice, views, systemClock())
    for (const { path, value } of textsIn(input)) {
      const key = `${type} ${plain(path)}`
      if (value !== '' && !fields.has(key) && isGood(type, input)) {
        fields.set(key, { type, path, value, input: input as Record<string, unknown> })
      }
    }
  }
  return [...fields.values()]
}

const check = (type: string, input: unknown) =>
  checkCommand({ id: 'x', type, input, actor: { kind: 'system', id: 'system' }, origin: {} as never })

function isGood(type: string, input: unknown): boolean {
  try {
    check(type, input)
    return true
  } catch {
    return false
  }
}

/** Tells whether a character gets through; an address may be taken without it, in its one spelling. */
function keepsHidden(type: string, input: unknown, character: string): boolean {
  try {
    return [...textsIn(check(type, input).input)].some(({ value }) => value.includes(character))
  } catch (error) {
    if (error instanceof Refusal && error.code === 'invalid_input') return false
    throw error
  }
}

function withText(input: unknown, [part, ...rest]: (string | number)[], text: string): unknown {
  if (part === undefined) return text
  const copy = structuredClone(input) as Record<string | number, unknown>
  copy[part] = withText(copy[part], rest, text)
  return copy
}

const FIELDS = everyField()

describe('A7 a text that hides something', () => {
  it('is tried in every command that takes text', () => {
    const tried = new Set(FIELDS.map(({ type }) => type))
    const untried = COMMANDS.map(({ type }) => type).filter((type) => !tried.has(type))
    // These take none, or only names that the log itself holds.
    expect(untried.sort()).toEqual(['accept-loss', 'begin-epoch', 'purge-magic-links'])
    expect(FIELDS.length).toBeGreaterThan(60)
  })

  it.each(FIELDS.map((field) => ({ ...field, name: plain(field.path) })))(
    'is refused or taken out in $type $name',
    ({ type, input, path, value }) => {
      for (const [what, characters] of Object.entries(HIDDEN)) {
        for (const character of characters) {
          for (const text of [`${value}${character}`, `${value.slice(0, 2)}${character}${value.slice(2)}`]) {
            const shown = `${what}: ${JSON.stringify(text)}`
            expect(keepsHidden(type, withText(input, path, text), character), shown).toBe(false)
          }
        }
      }
    },
  )

  it.each([
    'Domain Admins',
    '/staff/it',
    'Müller & Söhne',
    'Zoë',
    'Ünï çødé ☃',
    '李小龍',
    'עברית',
    'العربية',
    'Ελληνικά',
    'नेपाली',
    '🔑 key',
    'o\'brien"; --',
    '<b>bold</b>',
  ])('is nothing that people read: %s', (text) => {
    for (const { path, type, input } of FIELDS.filter(({ path }) =>
      ['device_name', 'note', 'name', 'nickname', 'given_name'].includes(plain(path)),
    )) {
      expect(() => check(type, withText(input, path, text))).not.toThrow()
    }
  })

  it('is taken out of what a browser calls itself', () => {
    const name = deviceName('Evil\u00ad\u202eBrowser/1.0 (X11; Linux x86_64) Fox\u202e\u00ad/2.0')
    expect(name ?? '').toMatch(/^[\x20-\x7e]*$/)
  })
})
