import { z } from 'zod'
import type { DocumentStore } from '../../documents/port.ts'
import { parseIsoTime } from '../../kernel/clock.ts'

const KIND = 'link_request'

const stored = z.object({
  link_id: z.string(),
  /** What failed codes are counted by. */
  account: z.string(),
  /** The user, when there is such an account. */
  userid: z.string().nullable(),
  /** The path that follows the sign-in. */
  target: z.string(),
  interaction: z.string().nullable(),
  /** Other origins at which the forms of the sign-in may end: the application that waits. */
  form_targets: z.array(z.string()),
})

/** The link that a browser asked for, kept in the same way when there was no account to send it to. */
export type LinkRequest = z.infer<typeof stored>

/** Keeps the last link that each browser asked for. */
export function linkRequests(documents: DocumentStore) {
  return {
    keep: (browser: string, request: LinkRequest, expiresAt: string) =>
      documents.upsert(KIND, browser, request, parseIsoTime(expiresAt), {
        // The request may come from anyone who knows the name.
        anonymous: true,
        ...(request.userid === null ? {} : { account: request.userid }),
      }),
    of: async (browser: string | null): Promise<LinkRequest | null> => {
      const document = browser === null ? null : await documents.find(KIND, browser)
      return document && stored.parse(document.payload)
    },
    forget: (browser: string) => documents.remove(KIND, browser),
  }
}
