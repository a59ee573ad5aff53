import { z } from 'zod'
import type { DocumentStore } from '../../documents/port.ts'
import { type Clock, parseIsoTime } from '../../kernel/clock.ts'
import { randomToken } from '../../kernel/random.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'

const KIND = 'invite_ticket'
/** How long the page that a correct code leads to can be used, in milliseconds. */
const LIVES = 60 * 60_000

/** Keeps the tokens that a correct code is exchanged for: each opens the page of its invitation as the link would. */
export function inviteTickets({ documents, clock }: { documents: DocumentStore; clock: Clock }) {
  return {
    async issue({ link_id, expires_at }: MagicLink): Promise<string> {
      const ticket = randomToken()
      const end = Math.min(clock() + LIVES, parseIsoTime(expires_at))
      await documents.upsert(KIND, ticket, link_id, end)
      return ticket
    },
    /** Finds the id of the link of a ticket; `null` when there is none. */
    async linkId(ticket: string): Promise<string | null> {
      const found = await documents.find(KIND, ticket)
      return found && z.string().parse(found.payload)
    },
  }
}
