import { Refusal, type RefusalCode } from '../../src/kernel/refusal.ts'

/** Waits for a refusal and answers its code; anything else that is thrown, and success, fails the test. */
export async function refusalCode(attempt: Promise<unknown>): Promise<RefusalCode> {
  return (await refusal(attempt)).code
}

/** Waits for a refusal and answers it. */
export async function refusal(attempt: Promise<unknown>): Promise<Refusal> {
  try {
    await attempt
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown
    throw thrown
  }
  throw new Error('It was not refused')
}
