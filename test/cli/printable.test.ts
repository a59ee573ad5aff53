import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable, printableJson } from '../../src/cli/console/printable.ts'
import { fields, table } from '../../src/cli/console/table.ts'

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const ATTACKS = [
  '\u001b]0;owned\u0007',
  '\u001b[2J\u001b[31mred',
  '\u009b31m',
  'a\rb',
  'a\nUSERID  forged',
  '\u202egnp.exe',
  '\u2028next',
  '\u{e0041}tag',
]

describe('what is printed', () => {
  it.each(ATTACKS)('steers no terminal: %j', (attack) => {
    expect(printable(attack)).not.toMatch(CONTROL)
    expect(table([{ name: attack }], ['name']).split('\n')).toHaveLength(2)
    expect(fields({ name: attack })).not.toMatch(CONTROL)
    expect(table([{ data: { name: [attack] } }], ['data']).split('\n')[1]).not.toMatch(CONTROL)
    expect(printableJson({ name: attack })).not.toMatch(CONTROL)
  })

  it('reads back as the same JSON, whatever the text', () => {
    const anyText = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        const wanted = { [`k${key}`]: [value], plain: 1 }
        const text = printableJson(wanted, 2)
        expect(text.replaceAll('\n', '')).not.toMatch(CONTROL)
        expect(JSON.parse(text)).toEqual(wanted)
      }),
    )
  })

  it('stays as it is where it is harmless', () => {
    expect(printable('Zoë Ünlü 山田 🙂 <img onerror>')).toBe('Zoë Ünlü 山田 🙂 <img onerror>')
  })
})
