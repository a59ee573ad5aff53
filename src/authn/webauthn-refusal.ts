import { Refusal } from '../kernel/refusal.ts'

/** Makes the one answer to every passkey that failed a check: it never says which. */
export function credentialRejected(cause?: unknown): Refusal {
  return new Refusal('credential_rejected', 'The passkey could not be verified', { cause })
}

/**
 * The refusal of a passkey that signed correctly with a counter that was used before: it may have been copied.
 * The three facts are for the event, not for the person.
 */
export class CounterRegressed extends Refusal {
  readonly credentialId: string
  readonly storedCount: number
  readonly reportedCount: number

  constructor(credentialId: string, storedCount: number, reportedCount: number) {
    super('counter_regressed', 'This passkey may have been copied; please sign in another way')
    this.name = 'CounterRegressed'
    this.credentialId = credentialId
    this.storedCount = storedCount
    this.reportedCount = reportedCount
  }
}

/** Runs a check of what a client sent; any error in it becomes a refusal. */
export async function rejectingFaults<T>(check: () => T | Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    throw credentialRejected(cause)
  }
}
