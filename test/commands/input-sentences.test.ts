import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/catalogue.ts'
import { SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { checkCommand } from '../../src/engine/decide.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { BAD_VALUES, fieldsOf, holding, NO_SENTENCE } from '../support/bad-fields.ts'

/** What a command says about an input, or `null` when it takes it. */
function refusalOf(type: string, input: unknown): string | null {
  const origin = {
    client: null,
    request: null,
    session: null,
    flow: null,
    correlation: null,
    causation: null,
  }
  try {
    checkCommand({ id: 'x', type, input, actor: SYSTEM_ACTOR, origin: origin as never })
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

const CASES = COMMANDS.flatMap(({ type, schema }) => fieldsOf(schema).map(({ path }) => ({ type, path })))

describe('what is wrong with the input of a command is said in sentences', () => {
  it.each(CASES)('$type: $path', ({ type, path }) => {
    for (const [what, value] of BAD_VALUES) {
      const said = refusalOf(type, holding(path, value))
      if (said === null) continue
      expect(said, what).not.toMatch(NO_SENTENCE)
      for (const sentence of said.split('; '))
        expect(sentence, what).toMatch(/^(the input|[\w.[\]]+) (must|is) /)
    }
    expect(refusalOf(type, holding(path, Symbol('no value'))), 'of no type at all').toContain(path.join('.'))
  })
})
