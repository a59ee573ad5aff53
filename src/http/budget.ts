import type { DocumentStore } from '../documents/port.ts'
import type { Clock } from '../kernel/clock.ts'

/** So many in so much time, counted from the first; `window` is milliseconds. */
export interface Budget {
  limit: number
  window: number
}

/** What was taken from a budget, to be given back when it should not have counted. */
export interface Taking {
  /** Whether there was that much left. */
  within: boolean
  /** How much of each budget is used up now, this taking included. */
  counts: readonly number[]
  giveBack(): Promise<void>
}

const KIND = 'throttle'

/**
 * Takes one from every budget of a key, in one step each, so that no two who ask at once share the last one.
 * What is over the limit counts too, but never prolongs the window.
 */
export async function takeFrom(
  budgets: readonly Budget[],
  key: string,
  { documents, clock }: { documents: DocumentStore; clock: Clock },
): Promise<Taking> {
  const add = (amount: number) =>
    Promise.all(
      budgets.map((budget) => documents.increment(KIND, keyOf(budget, key), amount, clock() + budget.window)),
    )
  const counts = await add(1)
  return {
    counts,
    within: budgets.every(({ limit }, index) => (counts[index] ?? 0) <= limit),
    giveBack: async () => void (await add(-1)),
  }
}

/** Tells when the running window of a budget ends, in milliseconds since 1970; `null` when nothing was taken. */
export async function windowEnd(
  budget: Budget,
  key: string,
  { documents }: { documents: DocumentStore },
): Promise<number | null> {
  return (await documents.find(KIND, keyOf(budget, key)))?.expiresAt ?? null
}

function keyOf({ window }: Budget, key: string): string {
  return `${key}:${window}`
}
