import { z } from 'zod'
import { checkpointSchema } from '../../log/checkpoint.ts'

/** An event as the API shows it. */
export const eventAnswer = z.object({
  sequence: z.number().int().describe('Counts all events of the log: what cursors are made of'),
  position: z.number().int().describe('The commit that holds the event'),
  id: z.string(),
  stream: z.string(),
  version: z.number().int().describe('Counts the events of the stream'),
  type: z.string(),
  schema_version: z.number().int(),
  at: z.string(),
  actor: z.object({ kind: z.enum(['user', 'client', 'system', 'cli', 'anonymous']), id: z.string() }),
  subject: z.string().nullable(),
  client: z.string().nullable(),
  correlation: z.string().nullable(),
  causation: z.string().nullable(),
  command: z.string(),
  data: z
    .record(z.string(), z.unknown())
    .describe('`{"erased":true}` once its person is erased; `{"unreadable":true}` when its key is lost'),
  hash: z.string().describe('Of the commit, hex'),
})

/** Where the log ends. */
export const headAnswer = z.object({
  log: z.string(),
  epoch: z.number().int(),
  position: z.number().int(),
  sequence: z.number().int(),
  hash: z.string().describe('Hex'),
})

/** The same, signed with the audit key. */
export const checkpointAnswer = z.object(checkpointSchema.shape)

/** A sequence number in a query. */
export const sequence = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

const MOST_TYPES = 64

/** Event types in a query: the parameter may come again, and each may name several with commas between. */
export const eventTypes = z
  .union([z.string().max(4096), z.array(z.string().max(4096)).max(MOST_TYPES)])
  .transform((given) => [given].flat().flatMap((text) => text.split(',')))
  .pipe(z.array(z.string().min(1).max(64)).max(MOST_TYPES))
  .describe('Only events of these types: repeat it, or put commas between')

/** Somebody or something that events are about or come from. */
export const party = z.string().min(1).max(256)
