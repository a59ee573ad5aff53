import { z } from 'zod'
import type { DocumentStore } from '../../documents/port.ts'
import { type Clock, parseIsoTime } from '../../kernel/clock.ts'
import { randomToken } from '../../kernel/random.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'

const KIND = 'invite_ticket'
/** How long the page that a right code leads to can be used, in milliseconds. */
const LIVES = 60 * 60_000

/** Keeps what a right code of an invitation is exchanged for: a token that opens its page, as the link would. */
export function inviteTickets({ documents, clock }: { documents: DocumentStore; clock: Clock }) {
  return {
    async issue({ link_id, expires_at }: MagicLink): Promise<string> {
      const ticket = randomToken()
      const end = Math.min(clock() + LIVES, parseIsoTime(expires_at))
      await documents.upsert(KIND, ticket, link_id, end)
      return ticket
    },
    /** Answers the id of the link that a ticket stands for, or `null`. */
    async linkId(ticket: string): Promise<string | null> {
      const found = await documents.find(KIND, ticket)
      return found && z.string().parse(found.payload)
    },
  }
}
