import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'

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

/**
 * The kinds of counters: those of what exists (accounts, clients), and those of what anybody can name or be, such as
 * unknown user names and addresses. Only the second kind may be evicted, or a flood of names would reset the first.
 */
export type CounterKind = 'throttle' | 'throttle_open'

interface BudgetDeps {
  documents: DocumentStore
  clock: Clock
}

/**
 * Takes one from every budget of a key, in one step each, so that no two who ask at once share the last one.
 * What is over the limit counts too, but never prolongs the window.
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
