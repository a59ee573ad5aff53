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
/** How many pairs of client and address are remembered; beyond them those are forgotten that failed first. */
const REMEMBERED = 10_000

/**
 * Makes the keeper of the budget for wrong client secrets. This process counts in its memory, at once and before
 * anything is written, so that no number of guesses at the same time gets past it; a right secret costs no read and
 * no write. The count that all nodes share, and that survives a restart, is looked at with each failure.
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
      // A client that was removed meanwhile has no secret to be guessed.
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
        // There are as many of them as addresses, so they are bounded in number as those of addresses are.
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

/** Names a budget. It goes with the secret: whoever got a new one after a rotation does not wait for the old one's end. */
function keyOf(secretHash: string, address: string): string {
  return `${secretHash}:${addressBucket(address)}`
}
