import type { FastifySchema, FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { readInput } from '../../kernel/input.ts'
import { Refusal } from '../../kernel/refusal.ts'

const PARTS: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the head',
}

/** Reads the parts of a request by their schemas, and refuses them with the same sentences as commands do. */
export const compileInput: FastifySchemaCompiler<FastifySchema & z.ZodType> = ({ schema, httpPart }) => {
  const whole = PARTS[httpPart ?? '']
  return (given: unknown) => {
    const read = readInput(schema, given, whole)
    return 'fault' in read ? { error: new Refusal('invalid_input', read.fault) } : { value: read.value }
  }
}
