import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'

/** At most `limit` in a `window` of milliseconds, which begins with the first. */
export interface Budget {
  limit: number
  window: number
}

/** One unit that was taken from budgets, and can be given back. */
export interface Taking {
  /** Whether every budget had a unit left. */
  within: boolean
  /** How much of each budget is used up now, this unit included. */
  counts: readonly number[]
  giveBack(): Promise<void>
}

/**
 * The kinds of counters: `throttle` for accounts and clients that exist, `throttle_open` for what anyone can make up,
 * such as unknown user names and addresses. Only the second kind may be evicted, or a flood would reset the first.
 */
export type CounterKind = 'throttle' | 'throttle_open'

interface BudgetDeps {
  documents: DocumentStore
  clock: Clock
}

/**
 * Takes one unit from every budget of a key, atomically, so that two callers never share the last one.
 * Units over the limit count too, but never prolong the window.
 */
export async function takeFrom(
  budgets: readonly Budget[],
  key: string,
  { documents, clock }: BudgetDeps,
  kind: CounterKind = 'throttle',
): Promise<Taking> {
  const add = (amount: number) =>
    Promise.all(
      budgets.map((budget) => documents.increment(kind, keyOf(budget, key), amount, clock() + budget.window)),
    )
  const counts = await add(1)
  return {
    counts,
    within: budgets.every(({ limit }, index) => (counts[index] ?? 0) <= limit),
    giveBack: async () => void (await add(-1)),
  }
}

/** Reads the running window of a budget: how much was taken, and its end in milliseconds since 1970. */
export async function readWindow(
  budget: Budget,
  key: string,
  { documents }: Pick<BudgetDeps, 'documents'>,
  kind: CounterKind = 'throttle',
): Promise<{ count: number; end: number } | null> {
  const found = await documents.find(kind, keyOf(budget, key))
  return found && { count: Number(found.payload), end: found.expiresAt }
}

function keyOf({ window }: Budget, key: string): string {
  return `${key}:${window}`
}
