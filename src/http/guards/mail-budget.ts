import type { FastifyRequest } from 'fastify'
import type { Account } from '../../accounts/find-account.ts'
import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Views } from '../../projections/views.ts'
import { addressBucket } from './address-bucket.ts'
import { type Budget, type CounterKind, takeFrom } from './budget.ts'
import { knownDevices } from './known-devices.ts'
import { linkDevices } from './link-devices.ts'

const HOUR = 60 * 60_000
const anHour = (limit: number): readonly Budget[] => [{ limit, window: HOUR }]

/** Mails that anyone can cause: from one address for all accounts, and to one account. */
const OF_ANYBODY = { fromAddress: anHour(20), toAccount: anHour(5) }
/**
 * After that, mails to browsers that ask for the same account again: of one browser, of one address for the account,
 * of one address for all accounts, and to the account. Keeping the first budget empty uses up little of this one.
 */
const OF_RETURNING = {
  ofBrowser: anHour(2),
  toAccountFromAddress: anHour(4),
  fromAddress: anHour(20),
  toAccount: anHour(10),
}
/** Mails that browsers of the person itself can cause, which no stranger can use up. */
const OF_KNOWN = { toAccount: anHour(5) }

/** Whom a mail is for, and what is known of the browser that asks for it. */
export interface MailRequest {
  account: Account
  browser: string
  /** Whether this browser asked for a mail to the same account a moment ago. */
  asksAgain: boolean
  /** Whether the person is signed in with this browser. */
  isSignedIn: boolean
}

/** Bounds the mails that people ask for. */
export type MailBudget = ReturnType<typeof createMailBudget>

/** Makes the budget of mails. It does the same work for names that nobody has. */
export function createMailBudget(deps: { documents: DocumentStore; views: Views; clock: Clock }) {
  const devices = knownDevices(deps)
  const mailed = linkDevices(deps)

  /** Takes from one budget after the other, the narrow ones first: a refused mail takes nothing of the wide ones. */
  const takeInTurn = async (
    takings: readonly (readonly [readonly Budget[], string, CounterKind])[],
  ): Promise<boolean> => {
    for (const [budget, key, kind] of takings) {
      if (!(await takeFrom(budget, key, deps, kind)).within) return false
    }
    return true
  }

  const isKnown = async (browser: string, { user, key }: Account) => {
    const whose = user?.userid ?? key
    const marks = await Promise.all([devices.isKnown(browser, whose), mailed.isKnown(browser, whose)])
    return marks.some(Boolean)
  }

  return {
    /** Counts a mail; answers whether it may be sent. */
    async mayMail(
      request: FastifyRequest,
      { account, browser, asksAgain, isSignedIn }: MailRequest,
    ): Promise<boolean> {
      const { key } = account
      const kind = account.user ? 'throttle' : 'throttle_open'
      const address = addressBucket(request.ip)
      if (isSignedIn || (await isKnown(browser, account))) {
        return takeInTurn([[OF_KNOWN.toAccount, `mail-known:${key}`, kind]])
      }
      const isWithin = await takeInTurn([
        [OF_ANYBODY.fromAddress, `mail-from:${address}`, 'throttle_open'],
        [OF_ANYBODY.toAccount, `mail:${key}`, kind],
      ])
      if (isWithin || !asksAgain) return isWithin
      return takeInTurn([
        [OF_RETURNING.ofBrowser, `mail-again-browser:${browser}`, 'throttle_open'],
        [OF_RETURNING.toAccountFromAddress, `mail-again:${key}:${address}`, 'throttle_open'],
        [OF_RETURNING.fromAddress, `mail-again-from:${address}`, 'throttle_open'],
        [OF_RETURNING.toAccount, `mail-again:${key}`, kind],
      ])
    },
    /** Remembers that a person used a mailed link in the browser that had asked for it. */
    know: mailed.remember,
  }
}
