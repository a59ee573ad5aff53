import { z } from 'zod'
import type { DocumentStore } from '../../documents/port.ts'
import { parseIsoTime } from '../../kernel/clock.ts'

const KIND = 'link_request'

const stored = z.object({
  link_id: z.string(),
  /** What failed codes are counted by. */
  account: z.string(),
  /** The user, when it is somebody's account. */
  userid: z.string().nullable(),
  /** Where the sign-in leads to. */
  target: z.string(),
  interaction: z.string().nullable(),
  /** Where the forms of the sign-in may end, beside here: the application that waits. */
  form_targets: z.array(z.string()),
})

/** What a browser remembers of the link that it asked for, whether or not there was anybody to send it to. */
export type LinkRequest = z.infer<typeof stored>

/** Keeps the last link that each browser asked for. */
export function linkRequests(documents: DocumentStore) {
  return {
    keep: (browser: string, request: LinkRequest, expiresAt: string) =>
      documents.upsert(KIND, browser, request, parseIsoTime(expiresAt), {
        // It is not known to be the person whose name it is who asked.
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
