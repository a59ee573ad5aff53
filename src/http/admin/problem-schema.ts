import { z } from 'zod'

/** A problem document (RFC 9457) as the API description shows it. */
const problem = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string().describe('Stable; what programs decide by'),
  request_id: z.string(),
  key: z.string().optional().describe('Which unique key is taken, with `already_exists`'),
})

/** The answer of every route when it refuses or fails. */
export const PROBLEM_ANSWER = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: problem } },
}
