import type { z } from 'zod'

/** A field of a schema, by its path, and whether it is a list. */
interface Field {
  path: string[]
}

/** Lists the fields of a schema, those of objects inside it too. */
export function fieldsOf(schema: z.core.$ZodType, path: string[] = []): Field[] {
  const { def } = schema._zod
  if (def.type === 'object') {
    const { shape } = def as z.core.$ZodObjectDef
    return Object.entries(shape).flatMap(([name, field]) => {
      const inner = fieldsOf(field, [...path, name])
      return inner.length > 0 ? inner : [{ path: [...path, name] }]
    })
  }
  const wrapped = def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType }
  const inside = wrapped.innerType ?? wrapped.in
  return inside ? fieldsOf(inside, path) : []
}

/** What no field of text, or hardly one, can be. */
export const BAD_TEXTS: readonly [what: string, value: string][] = [
  ['missing', ''],
  ['too long', 'x'.repeat(9_000)],
  ['of a bad form: spaces and controls', ' \u0000\u202e %zz <img> '],
  ['of a bad form: signs', '@@//::..'],
  ['of a bad form: a number below nothing', '-1'],
]

/** The same for JSON, with the wrong types. */
export const BAD_VALUES: readonly [what: string, value: unknown][] = [
  ...BAD_TEXTS,
  ['absent', undefined],
  ['null', null],
  ['a number', 1.5],
  ['a huge number', 1e300],
  ['true', true],
  ['a list', [[]]],
  ['a long list', Array.from({ length: 3_000 }, () => 'x')],
  ['an object', { surprise: 1 }],
]

/** Makes an object that holds one value at a path. */
export function holding(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner: unknown, name) => ({ [name]: inner }), value)
}

/** What gives away a pattern, a validator's own words, or that nobody wrote a sentence for the case. */
export const NO_SENTENCE =
  /[\\^]|\[[a-zA-Z]-|pattern|regex|invalid|expected|received|zod|✖|→|\bNaN\b|undefined|has the wrong|issue|validation/i
