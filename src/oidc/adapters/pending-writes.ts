import { Provider } from 'oidc-provider'

/**
 * The writes of one request. They are handed to the store at once and waited for together, before the answer: so
 * an exchange costs one sync of the disk instead of three, and still nothing is given out that is not kept.
 */
export class PendingWrites {
  readonly #outcomes: Promise<{ error: unknown } | null>[] = []
  readonly #afterwards: (() => Promise<void>)[] = []

  /** Adds a write that is under way. What `afterwards` it turns out to need is done when all others have ended. */
  add(write: Promise<unknown>, afterwards?: (outcome: unknown) => Promise<void>): void {
    const noted = write.then((outcome) => {
      if (afterwards) this.#afterwards.push(() => afterwards(outcome))
    })
    this.#outcomes.push(outcomeOf(noted))
  }

  /** Waits for everything; answers the first thing that went wrong. */
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

/** Gives the writes of the request that is being answered, or `null` outside of any. */
export function pendingWrites(): PendingWrites | null {
  const { ctx } = Provider
  return (ctx && writesOf.get(ctx.req)) ?? null
}

/** Makes a provider wait, before every answer, for what it wrote; `refuse` answers instead when that failed. */
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
