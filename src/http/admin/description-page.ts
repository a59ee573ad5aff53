import { z } from 'zod'
import { type ApiField, type ApiOperation, apiDescriptionPage } from '../../views/api-description.ts'
import type { Page } from '../../views/page.ts'

const schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.looseObject({ type: z.union([z.string(), z.array(z.string())]).optional() })).optional(),
  description: z.string().optional(),
})
type Schema = z.output<typeof schema>

const operation = z.looseObject({
  tags: z.array(z.string()),
  summary: z.string(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        description: z.string().optional(),
        schema,
      }),
    )
    .default([]),
  requestBody: z
    .looseObject({
      content: z.looseObject({ 'application/json': z.looseObject({ schema: z.looseObject({}) }) }),
    })
    .optional(),
  responses: z.record(z.string(), z.unknown()),
})
/** The part of an OpenAPI document that the page shows. */
const description = z.looseObject({
  info: z.looseObject({ title: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
})
const objectSchema = z.looseObject({
  properties: z.record(z.string(), schema).default({}),
  required: z.array(z.string()).default([]),
})

/** Turns the OpenAPI document into a page. @throws ZodError when it is not the one that we make. */
export function descriptionPage(document: unknown): Page {
  const { info, paths } = description.parse(document)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { tags, summary, responses, ...asked }]): ApiOperation => ({
        method: method.toUpperCase(),
        path,
        tag: tags[0] ?? '',
        summary,
        fields: fieldsOf(asked),
        statuses: Object.keys(responses).map((status) =>
          status === 'default' ? 'a problem document' : status,
        ),
      }),
    ),
  )
  return apiDescriptionPage({ title: info.title, about: info.description.split('\n\n'), operations })
}

function fieldsOf({
  parameters,
  requestBody,
}: Pick<z.output<typeof operation>, 'parameters' | 'requestBody'>): ApiField[] {
  const inAddress = parameters.map(({ name, in: place, required = false, description, schema }) => ({
    name,
    place,
    required,
    type: typeOf(schema),
    description: description ?? schema.description ?? null,
  }))
  const body = objectSchema.parse(requestBody?.content['application/json'].schema ?? {})
  const inBody = Object.entries(body.properties).map(([name, field]) => ({
    name,
    place: 'body',
    required: body.required.includes(name),
    type: typeOf(field),
    description: field.description ?? null,
  }))
  return [...inAddress, ...inBody]
}

function typeOf({ type, enum: values, anyOf }: Schema): string {
  if (values) return values.map(String).join(' | ')
  if (type !== undefined) return [type].flat().join(' | ')
  const types = (anyOf ?? []).flatMap((one) => one.type ?? [])
  return [...new Set(types)].join(' | ') || 'anything'
}
