import type { FastifyRequest } from 'fastify'
import { type Account, accountKey } from '../../accounts/find-account.ts'
import type { PoolPlace } from '../../authn/bounded-pool.ts'
import type { Command, CommandGateway } from '../../commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../commands/command.ts'
import type { DocumentStore } from '../../documents/port.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { TooManyRequests } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import type { Background } from '../reply/background.ts'
import type { Browsers } from '../request/browsers.ts'
import { originOf } from '../request/event-origin.ts'
import { addressBucket } from './address-bucket.ts'
import { type Budget, type CounterKind, readWindow, takeFrom } from './budget.ts'
import { writeDecoy } from './decoy.ts'
import { InFlight } from './in-flight.ts'
import { knownDevices } from './known-devices.ts'
import { createMailBudget, type MailBudget } from './mail-budget.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Failed proofs for one account, over every form in which a secret can be guessed. */
const OF_ACCOUNT: readonly [Budget, Budget] = [
  { limit: 10, window: 15 * MINUTE },
  { limit: 50, window: 24 * HOUR },
]
/** Failed proofs from one address, for all accounts together. */
const OF_ADDRESS: Budget = { limit: 100, window: 15 * MINUTE }
/** How many failures are worth an event. */
const NOTABLE = 5
/** How many attempts of one address, or of the known devices of one account, run or wait at once. */
const AT_ONCE = 32

/** One attempt to authenticate, counted before it is checked. */
export interface Attempt {
  /** Whether it may succeed; when not, it must look like any other failure. */
  allowed: boolean
  /** The queue in which a password of this attempt waits to be checked. */
  place: PoolPlace
  /** Gives the attempt back: it succeeded, or was never checked. */
  giveBack(): Promise<void>
  /** Records a failure, after the reply. */
  failed(): void
  /** Ends the attempt, with any result: an address may have only so many at once. */
  end(): void
}

export interface Throttle {
  /**
   * Counts an attempt for an account and for its address. A known device of the account has a count of its own
   * instead.
   *
   * @throws TooManyRequests by the address alone, for every account.
   */
  attempt(request: FastifyRequest, account: Account): Promise<Attempt>
  /** What bounds the mails that people ask for. */
  mails: MailBudget
  /** Remembers that a person gave a password or passkey in this browser. */
  know(browser: string, userid: string): Promise<void>
}

/** What counting attempts needs. */
export interface ThrottleDeps {
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  clock: Clock
  browsers: Browsers
  background: Background
}

/** Makes the keeper of these budgets. Its counts are documents: all nodes share them, and they survive a restart. */
export function createThrottle(deps: ThrottleDeps): Throttle {
  const devices = knownDevices(deps)
  const inFlight = new InFlight(AT_ONCE)

  // For a name that nobody has as much is written, so that the work does not show which names exist.
  const record = async (request: FastifyRequest, account: Account, count: number) => {
    const [budget] = OF_ACCOUNT
    const note = (fact: Command | null) => (fact ? deps.commands.submit(fact) : writeDecoy(deps))
    const origin = originOf(null, request.id)
    const userid = account.user?.userid ?? null
    if (count === NOTABLE) {
      const facts = { userid: userid ?? '', failures: count, window_seconds: budget.window / 1000 }
      await note(userid === null ? null : command('count-sign-in-failures', facts, SYSTEM_ACTOR, origin))
    }
    if (count === budget.limit + 1) {
      const window = await readWindow(budget, `account:${account.key}`, deps, counterKind(account))
      const until = isoTime(window?.end ?? deps.clock())
      const facts = { userid: userid ?? '', until, reason: 'too many failed attempts' }
      await note(userid === null ? null : command('throttle-sign-in', facts, SYSTEM_ACTOR, origin))
    }
  }

  const ofKnownDevice = async (browser: string, { key }: Account, party: string) => {
    const taking = await takeFrom(OF_ACCOUNT, `device:${browser}:${key}`, deps)
    return {
      allowed: taking.within,
      place: { lane: 'known', party } as const,
      giveBack: taking.giveBack,
      failed: () => undefined,
    }
  }

  const ofStranger = async (request: FastifyRequest, account: Account, party: string) => {
    // An address over its budget costs one read, and no write.
    const window = await readWindow(OF_ADDRESS, party, deps, 'throttle_open')
    if (window !== null && window.count >= OF_ADDRESS.limit) throw tooManyFailures(window.end - deps.clock())
    const [ofAccount, ofAddress] = await Promise.all([
      takeFrom(OF_ACCOUNT, `account:${account.key}`, deps, counterKind(account)),
      takeFrom([OF_ADDRESS], party, deps, 'throttle_open'),
    ])
    if (!ofAddress.within) {
      await ofAccount.giveBack()
      throw tooManyFailures(OF_ADDRESS.window)
    }
    return {
      allowed: ofAccount.within,
      place: { lane: 'open', party } as const,
      giveBack: async () => void (await Promise.all([ofAccount.giveBack(), ofAddress.giveBack()])),
      failed() {
        const [count = 0] = ofAccount.counts
        deps.background.later(() => record(request, account, count))
      },
    }
  }

  return {
    async attempt(request, account) {
      const { key, user } = account
      const browser = deps.browsers.of(request)
      const isKnown = await devices.isKnown(browser, user?.userid ?? key)
      const party =
        user && isKnown ? `known:${accountKey(user.userid)}` : `address:${addressBucket(request.ip)}`
      const end = inFlight.enter(party)
      if (end === null) throw new TooManyRequests('Too many sign-ins are under way from your network', 1)
      try {
        const attempt =
          user && browser !== null && isKnown
            ? await ofKnownDevice(browser, account, party)
            : await ofStranger(request, account, party)
        return { ...attempt, end }
      } catch (error) {
        end()
        throw error
      }
    },

    mails: createMailBudget(deps),
    know: (browser, userid) => devices.remember(browser, userid),
  }
}

/** Names the kind of counter for attempts at an account. */
export function counterKind({ user }: Pick<Account, 'user'>): CounterKind {
  return user ? 'throttle' : 'throttle_open'
}

/** @param wait until the next attempt, in milliseconds. */
function tooManyFailures(wait: number): TooManyRequests {
  const seconds = Math.max(1, Math.ceil(wait / 1000))
  const minutes = Math.ceil(seconds / 60)
  return new TooManyRequests(
    `Too many sign-ins failed that came from your network; try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, ` +
      'or use a passkey, or a browser in which you signed in before',
    seconds,
  )
}
