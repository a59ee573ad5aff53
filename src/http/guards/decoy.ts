import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'

/** How long the decoy is kept, in milliseconds. */
const KEPT = 60 * 60_000

/** Writes a document that costs the store about as much as an event, where there is no account to write one for. */
export async function writeDecoy({
  documents,
  clock,
}: {
  documents: Pick<DocumentStore, 'increment'>
  clock: Clock
}): Promise<void> {
  await documents.increment('throttle_open', 'decoy', 1, clock() + KEPT)
}
