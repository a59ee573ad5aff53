import type { z } from 'zod'
import type { Dice } from './dice.ts'

/** Texts of every form that a field of an event may ask for, few of each, so that values meet. */
const TEXTS = [
  'lusab-babad',
  'gutih-tugad',
  'ada',
  'Ada',
  'bob',
  'O\'Brien "; --',
  'Ünï çødé ☃',
  'ada@mail.example',
  'ADA@mail.example',
  'bob@mail.example',
  '+41 44 123 45 67',
  'https://pictures.example/1.png',
  'https://app.example/cb',
  'de-CH',
  'staff',
  'admin',
  'openid profile',
  '2030-01-01T00:00:00.000Z',
  '2031-01-01T00:00:00.000Z',
  '01900000-0000-7000-8000-000000000001',
  '01900000-0000-7000-8000-000000000002',
  Buffer.from('bytes').toString('base64url'),
  Buffer.from('other bytes').toString('base64url'),
  'a'.repeat(64),
  'b'.repeat(64),
  '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  '',
]

const NUMBERS = [0, 1, 2, 60, 0xffffffff]

/** Makes a value that a schema accepts, read off its shape. */
export function sample(schema: z.core.$ZodType, dice: Dice): unknown {
  const { def } = schema._zod
  switch (def.type) {
    case 'object': {
      const { shape } = def as z.core.$ZodObjectDef
      const fields = Object.entries(shape).map(([name, field]) => [name, sample(field, dice)])
      return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
    }
    case 'optional':
      return dice.chance(2) ? undefined : sample((def as z.core.$ZodOptionalDef).innerType, dice)
    case 'nullable':
      return dice.chance(4) ? null : sample((def as z.core.$ZodNullableDef).innerType, dice)
    case 'array': {
      const { element } = def as z.core.$ZodArrayDef
      const lists = [0, 1, 2].map((length) => Array.from({ length }, () => sample(element, dice)))
      return pickFitting(
        schema,
        dice,
        lists.filter((list) => accepts(schema, list)),
      )
    }
    case 'record':
      return { kty: sample((def as z.core.$ZodRecordDef).valueType, dice) }
    case 'boolean':
      return dice.chance(2)
    case 'enum':
      return dice.pick(Object.values((def as z.core.$ZodEnumDef).entries))
    case 'number':
      return plain(schema, dice, NUMBERS)
    case 'string':
      return plain(schema, dice, TEXTS)
    default:
      throw new Error(`No values are known for a schema of type ${def.type}`)
  }
}

const accepted = new Map<z.core.$ZodType, readonly unknown[]>()

/** Picks one of those candidates of a plain schema that it accepts. */
function plain(schema: z.core.$ZodType, dice: Dice, candidates: readonly unknown[]): unknown {
  const known = accepted.get(schema) ?? candidates.filter((candidate) => accepts(schema, candidate))
  accepted.set(schema, known)
  return pickFitting(schema, dice, known)
}

function pickFitting(schema: z.core.$ZodType, dice: Dice, fitting: readonly unknown[]): unknown {
  if (fitting.length === 0) throw new Error(`No value is known that fits ${JSON.stringify(schema._zod.def)}`)
  return dice.pick(fitting)
}

function accepts(schema: z.core.$ZodType, value: unknown): boolean {
  return (schema as z.ZodType).safeParse(value).success
}
