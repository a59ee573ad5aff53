import type { DocumentStore } from '../../documents/port.ts'
import type { EventType } from '../../events/catalogue.ts'
import { userStream } from '../../events/streams.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Views } from '../../projections/views.ts'

const KIND = 'known_device'
/** A browser is remembered for 90 days after the last sign-in; milliseconds. */
const REMEMBERED_FOR = 90 * 24 * 60 * 60_000

/** The events that change the credentials of a person. */
const CHANGES = [
  'PasswordSet',
  'PasswordRemoved',
  'PasskeyRegistered',
  'PasskeyRemoved',
] as const satisfies EventType[]

/**
 * Remembers the browsers in which a person gave a password or passkey, so that a stranger's guesses never lock
 * the person out of them. The mark holds a position of the log: a new password, a recovery, and a passkey that is
 * added or removed end it in every browser but the one where that happens, which gets a new mark.
 */
export function knownDevices(deps: {
  documents: DocumentStore
  views: Pick<Views, 'audit' | 'tokenValidity'>
  clock: Clock
}) {
  const { documents, views, clock } = deps
  const keyOf = (browser: string, userid: string) => `${browser}:${userid}`
  return {
    remember: (browser: string, userid: string) => {
      // The second key finds the mark of a browser without knowing whose it is.
      const index = { account: userid, uid: browser }
      const mark = views.tokenValidity.sequence()
      return documents.upsert(KIND, keyOf(browser, userid), mark, clock() + REMEMBERED_FOR, index)
    },
    isKnown: async (browser: string | null, userid: string) => {
      const found = browser === null ? null : await documents.find(KIND, keyOf(browser, userid))
      if (typeof found?.payload !== 'number') return false
      return !views.audit.hasAfter(userStream(userid), CHANGES, found.payload)
    },
  }
}

/** Tells whether anyone signed in with a browser before. */
export async function isSomebodysBrowser(documents: DocumentStore, browser: string): Promise<boolean> {
  return (await documents.findByUid(KIND, browser)) !== null
}
