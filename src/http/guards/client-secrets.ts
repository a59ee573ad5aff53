import type { CommandGateway } from '../../commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../commands/command.ts'
import type { DocumentStore } from '../../documents/port.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { Refusal, TooManyRequests } from '../../kernel/refusal.ts'
import type { SecretGuesses } from '../../oidc/provider/secret-guesses.ts'
import type { Background } from '../reply/background.ts'
import { addressBucket } from './address-bucket.ts'
import { type Budget, takeFrom } from './budget.ts'

/** Wrong secrets for one client from one address. */
const OF_ADDRESS: Budget = { limit: 10, window: 15 * 60_000 }
/** How many wrong secrets are worth an event. */
const NOTABLE = 5
/** Events about one client, however many addresses guess. */
const EVENTS: Budget = { limit: 6, window: 60 * 60_000 }
/** How many pairs of client and address are remembered; the oldest failures are evicted first. */
const REMEMBERED = 10_000

/**
 * Makes the keeper of the budget for wrong client secrets. This process counts in memory before it writes, so that
 * many guesses at the same time do not get past the limit; a correct secret costs no read and no write. Each failure
 * also updates the count that all nodes share and that survives a restart.
 */
export function createSecretGuesses(deps: {
  documents: DocumentStore
  commands: CommandGateway
  clock: Clock
  background: Pick<Background, 'run'>
}): SecretGuesses {
  const { documents, commands, clock, background } = deps
  const failures = new Map<string, { count: number; end: number }>()

  const remember = (key: string) => {
    const known = failures.get(key)
    if (known && known.end > clock()) return known
    const oldest = failures.size >= REMEMBERED ? failures.keys().next().value : undefined
    if (oldest !== undefined) failures.delete(oldest)
    const begun = { count: 0, end: clock() + OF_ADDRESS.window }
    failures.set(key, begun)
    return begun
  }

  const record = async (client_id: string, count: number, end: number) => {
    if (!(await takeFrom([EVENTS], `client-secret-events:${client_id}`, { documents, clock })).within) return
    const facts = {
      client_id,
      failures: count,
      window_seconds: OF_ADDRESS.window / 1000,
      until: count >= OF_ADDRESS.limit ? isoTime(end) : null,
    }
    await commands.submit(command('count-client-secret-failures', facts, SYSTEM_ACTOR)).catch((error) => {
      // The client was removed in the meantime.
      if (!(error instanceof Refusal && error.code === 'not_found')) throw error
    })
  }

  return {
    requireBudget({ secretHash }, address) {
      if (failures.size === 0) return
      const known = failures.get(keyOf(secretHash, address))
      const wait = known && known.count >= OF_ADDRESS.limit ? known.end - clock() : 0
      if (wait > 0) {
        const message = 'Too many wrong secrets for this client came from your address; try again later'
        throw new TooManyRequests(message, Math.ceil(wait / 1000))
      }
    },
    async failed({ clientId, secretHash }, address) {
      const key = keyOf(secretHash, address)
      const here = remember(key)
      here.count += 1
      const { counts } = await takeFrom(
        [OF_ADDRESS],
        `client-secret:${key}`,
        { documents, clock },
        // Anyone can make one for each address, so their number is bounded like that of addresses.
        'throttle_open',
      )
      const [shared = 0] = counts
      here.count = Math.max(here.count, shared)
      if (shared === NOTABLE || shared === OF_ADDRESS.limit) {
        background.run(() => record(clientId, shared, here.end))
      }
    },
  }
}

/** Names a budget. It belongs to the secret, so that a client with a rotated secret does not wait for the old one. */
function keyOf(secretHash: string, address: string): string {
  return `${secretHash}:${addressBucket(address)}`
}
