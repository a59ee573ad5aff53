import type { FastifyRequest } from 'fastify'
import { command, SYSTEM_ACTOR } from '../commands/command.ts'
import { isoTime } from '../kernel/clock.ts'
import { type Account, accountKey } from './accounts.ts'
import { addressBucket } from './address-bucket.ts'
import { type Budget, takeFrom, windowEnd } from './budget.ts'
import type { HttpDeps } from './deps.ts'
import { knownDevices } from './known-devices.ts'
import { originOf } from './origin.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Failed proofs for one account, over every way in where something can be guessed. */
const OF_ACCOUNT: readonly [Budget, Budget] = [
  { limit: 10, window: 15 * MINUTE },
  { limit: 50, window: 24 * HOUR },
]
/** Failed proofs from one address, for whatever accounts. */
const OF_ADDRESS: readonly Budget[] = [{ limit: 100, window: 15 * MINUTE }]
/** How many failures are worth an event. */
const NOTABLE = 5

/** Mails to one account, and mails that one address asked for. */
const MAILS_TO_ACCOUNT: readonly Budget[] = [{ limit: 5, window: HOUR }]
const MAILS_FROM_ADDRESS: readonly Budget[] = [{ limit: 20, window: HOUR }]

/** One try to prove who somebody is, counted before it is judged. */
export interface Attempt {
  /** Whether it may succeed; when not, it is to look like any other failure. */
  allowed: boolean
  /** Takes the try back: it succeeded, or was never judged. */
  giveBack(): Promise<void>
  /** Notes a failure, behind the reply. */
  failed(): void
}

export interface Throttle {
  /** Counts a try for an account and for the address that it comes from. */
  attempt(request: FastifyRequest, account: Account): Promise<Attempt>
  /** Counts a mail; answers whether it may be sent. */
  mayMail(request: FastifyRequest, account: Account): Promise<boolean>
  /** Remembers that a person gave a password or passkey in this browser. */
  know(browser: string, userid: string): Promise<void>
}

/** Makes the keeper of budgets. Its counts are documents: all nodes share them, and a restart forgets none. */
export function createThrottle(
  deps: Pick<HttpDeps, 'documents' | 'clock' | 'commands' | 'browsers' | 'background'>,
): Throttle {
  const devices = knownDevices(deps)

  const record = async (request: FastifyRequest, userid: string, count: number) => {
    const [budget] = OF_ACCOUNT
    const origin = originOf(null, request.id)
    if (count === NOTABLE) {
      const facts = { userid, failures: count, window_seconds: budget.window / 1000 }
      await deps.commands.submit(command('count-sign-in-failures', facts, SYSTEM_ACTOR, origin))
    }
    if (count === budget.limit + 1) {
      const end = await windowEnd(budget, `account:${accountKey(userid)}`, deps)
      const until = isoTime(end ?? deps.clock())
      const facts = { userid, until, reason: 'too many failed attempts' }
      await deps.commands.submit(command('throttle-sign-in', facts, SYSTEM_ACTOR, origin))
    }
  }

  return {
    async attempt(request, { key, user }) {
      const browser = deps.browsers.of(request)
      if (user && browser !== null && (await devices.isKnown(browser, user.userid))) {
        const taking = await takeFrom(OF_ACCOUNT, `device:${browser}:${key}`, deps)
        return { allowed: taking.within, giveBack: taking.giveBack, failed: () => undefined }
      }
      const [account, address] = await Promise.all([
        takeFrom(OF_ACCOUNT, `account:${key}`, deps),
        takeFrom(OF_ADDRESS, `address:${addressBucket(request.ip)}`, deps),
      ])
      return {
        allowed: account.within && address.within,
        giveBack: async () => void (await Promise.all([account.giveBack(), address.giveBack()])),
        failed() {
          const [count = 0] = account.counts
          if (user) deps.background.run(() => record(request, user.userid, count))
        },
      }
    },

    async mayMail(request, { key }) {
      const [to, from] = await Promise.all([
        takeFrom(MAILS_TO_ACCOUNT, `mail:${key}`, deps),
        takeFrom(MAILS_FROM_ADDRESS, `mail-from:${addressBucket(request.ip)}`, deps),
      ])
      return to.within && from.within
    },

    know: (browser, userid) => devices.remember(browser, userid),
  }
}
