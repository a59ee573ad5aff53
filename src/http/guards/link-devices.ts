import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'

const KIND = 'link_device'
/** A browser is remembered for 90 days after the last sign-in; milliseconds. */
const REMEMBERED_FOR = 90 * 24 * 60 * 60_000

/**
 * Remembers the browsers in which a person used a mailed link that was asked for there. A mark lets the browser ask for
 * mail when strangers used up the common budget, and nothing else.
 */
export function linkDevices({ documents, clock }: { documents: DocumentStore; clock: Clock }) {
  const keyOf = (browser: string, userid: string) => `${browser}:${userid}`
  return {
    remember: (browser: string, userid: string) =>
      documents.upsert(KIND, keyOf(browser, userid), null, clock() + REMEMBERED_FOR, { account: userid }),
    isKnown: async (browser: string, userid: string) =>
      (await documents.find(KIND, keyOf(browser, userid))) !== null,
  }
}
