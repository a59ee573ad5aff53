import { z } from 'zod'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** A field of an object, and what it accepts in one phrase. */
export interface FieldText {
  path: string
  text: string
}

/** Lists the fields of an object; those of an object inside it come as paths, and one that may be absent ends in `?`. */
export function fieldTexts(schema: z.ZodType): FieldText[] {
  return membersOf(z.toJSONSchema(schema), '')
}

function membersOf(schema: JsonSchema, prefix: string): FieldText[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const inner = asObject(member)
    if (inner.properties && !isChange(inner)) return membersOf(inner, `${prefix}${name}.`)
    const mark = schema.required?.includes(name) ? '' : '?'
    return [{ path: `${prefix}${name}${mark}`, text: phrase(inner) }]
  })
}

function phrase(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map((option) => phrase(asObject(option))).join(' or ')
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (isChange(schema)) return `\`before\` and \`after\`: ${phrase(asObject(schema.properties?.after))}`
  switch (schema.type) {
    case 'string':
      return stringText(schema)
    case 'integer':
      return qualified('integer', [range(schema.minimum, schema.maximum)])
    case 'array':
      return `${qualified('list', [range(schema.minItems, schema.maxItems)])} of ${phrase(asObject(schema.items))}`
    case 'object':
      return `object of ${phrase(asObject(schema.additionalProperties))}`
    default:
      return [schema.type ?? 'any'].flat().join(' or ')
  }
}

const FORMATS: Record<string, string> = {
  'date-time': 'UTC time',
  uri: 'URL',
  uuid: 'UUID',
  email: 'e-mail address',
}

function stringText({ format, pattern, minLength, maxLength }: JsonSchema): string {
  const known = FORMATS[format ?? '']
  if (known) return known
  const length = range(minLength, maxLength)
  return qualified('string', [length && `${length} characters`, pattern && `matching \`${pattern}\``])
}

function qualified(kind: string, remarks: readonly (string | undefined)[]): string {
  const said = remarks.filter((remark) => remark)
  return said.length > 0 ? `${kind} (${said.join(', ')})` : kind
}

function range(least?: number, most?: number): string {
  const bounded = most !== undefined && most < Number.MAX_SAFE_INTEGER
  if (bounded && least !== undefined) return `${least} to ${most}`
  if (bounded) return `at most ${most}`
  return least === undefined ? '' : `at least ${least}`
}

/** Tells whether an object says what a field was and what it became. */
function isChange({ properties }: JsonSchema): boolean {
  return Object.keys(properties ?? {}).join() === 'before,after'
}

function asObject(schema: JsonSchema['items']): JsonSchema {
  return typeof schema === 'object' && !Array.isArray(schema) ? schema : {}
}
