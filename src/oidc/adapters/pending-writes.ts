import { Provider } from 'oidc-provider'

/**
 * The writes of one request. They are started at once and awaited together before the answer, so that an exchange costs
 * one sync of the disk instead of three, and nothing is sent that is not stored.
 */
export class PendingWrites {
  readonly #outcomes: Promise<{ error: unknown } | null>[] = []
  readonly #afterwards: (() => Promise<void>)[] = []

  /** Adds a started write. `afterwards` runs when all writes have ended. */
  add(write: Promise<unknown>, afterwards?: (outcome: unknown) => Promise<void>): void {
    const noted = write.then((outcome) => {
      if (afterwards) this.#afterwards.push(() => afterwards(outcome))
    })
    this.#outcomes.push(outcomeOf(noted))
  }

  /** Waits for all writes; returns the first error. */
  async settle(): Promise<{ error: unknown } | null> {
    const outcomes = await Promise.all(this.#outcomes)
    for (const work of this.#afterwards) outcomes.push(await outcomeOf(work()))
    return outcomes.find((outcome) => outcome !== null) ?? null
  }
}

function outcomeOf(work: Promise<unknown>): Promise<{ error: unknown } | null> {
  return work.then(
    () => null,
    (error: unknown) => ({ error }),
  )
}

const writesOf = new WeakMap<object, PendingWrites>()

/** Returns the writes of the current request, or `null` outside of a request. */
export function pendingWrites(): PendingWrites | null {
  const { ctx } = Provider
  return (ctx && writesOf.get(ctx.req)) ?? null
}

/** Makes a provider wait for its writes before every answer; `refuse` answers when one failed. */
export function awaitWrites(
  provider: Provider,
  refuse: (ctx: ProviderContext, error: unknown) => void,
): void {
  provider.use(async (ctx, next) => {
    const writes = new PendingWrites()
    writesOf.set(ctx.req, writes)
    await next()
    const failure = await writes.settle()
    if (failure) refuse(ctx, failure.error)
  })
}

/** What a middleware of a provider is handed. */
export type ProviderContext = Parameters<Parameters<Provider['use']>[0]>[0]
