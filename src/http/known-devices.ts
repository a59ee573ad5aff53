import type { DocumentStore } from '../documents/port.ts'
import type { Clock } from '../kernel/clock.ts'

const KIND = 'known_device'
/** A browser is remembered for 90 days behind the last sign-in; milliseconds. */
const REMEMBERED_FOR = 90 * 24 * 60 * 60_000

/**
 * Remembers the browsers in which a person gave a password or passkey, so that a stranger's guesses never lock
 * the person out of them.
 */
export function knownDevices({ documents, clock }: { documents: DocumentStore; clock: Clock }) {
  const keyOf = (browser: string, userid: string) => `${browser}:${userid}`
  return {
    remember: (browser: string, userid: string) =>
      documents.upsert(KIND, keyOf(browser, userid), null, clock() + REMEMBERED_FOR, { account: userid }),
    isKnown: async (browser: string | null, userid: string) =>
      browser !== null && (await documents.find(KIND, keyOf(browser, userid))) !== null,
  }
}
