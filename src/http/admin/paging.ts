import { z } from 'zod'
import type { LongReads } from '../guards/long-reads.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** How many items a page may have. */
export const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(MAX_LIMIT)
  .default(DEFAULT_LIMIT)
  .describe('How many items to answer at most')

/** How many rows are read in one step, and after how many characters of JSON a page ends, even below its limit. */
const READ_AT_ONCE = 16
const LARGEST_PAGE = 1024 * 1024

/**
 * Reads a page of a list in pieces, and serves other requests between them. It ends at the limit, or earlier when its
 * items are large.
 */
export function readPage<T>(
  longReads: LongReads,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  read: (piece: { limit: number; after: string | undefined }) => { items: T[]; next: string | null },
): Promise<{ items: T[]; next: string | null }> {
  return longReads.run(async (giveWay) => {
    const items: T[] = []
    let after: string | null | undefined = cursor
    let characters = 0
    do {
      await giveWay()
      const piece = read({ limit: Math.min(READ_AT_ONCE, limit - items.length), after: after ?? undefined })
      items.push(...piece.items)
      characters += JSON.stringify(piece.items).length
      after = piece.next
    } while (after !== null && items.length < limit && characters < LARGEST_PAGE)
    return { items, next: after }
  })
}

/** Describes a page of a list; `next_cursor` is `null` on the last one. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() })
}

/** Writes where the next page of a list begins, as opaque text. */
export function writeCursor(list: string, after: string | null): string | null {
  return after === null ? null : Buffer.from(JSON.stringify([list, after])).toString('base64url')
}

/** Describes the cursor of a list: what `writeCursor` made for this list, and nothing else. */
export function cursorOf(list: string) {
  return z
    .string()
    .max(2048)
    .transform((text, context) => {
      const after = readCursor(list, text)
      if (after !== null) return after
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list' })
      return z.NEVER
    })
    .optional()
    .describe('Where the page begins: the `next_cursor` of the page before')
}

function readCursor(list: string, text: string): string | null {
  try {
    const content: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    const cursor = z.tuple([z.literal(list), z.string()]).safeParse(content)
    return cursor.success ? cursor.data[1] : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
