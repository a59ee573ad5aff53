import type { DocumentStore } from './documents/port.ts'

/** How often what has ended is removed, in milliseconds. */
const INTERVAL = 60_000
/** How much is removed in one step, so that nobody waits for long behind it. */
const STEP = 250

/** Removes everything that has ended, step by step. */
export async function sweep(documents: Pick<DocumentStore, 'deleteExpired'>): Promise<void> {
  while ((await documents.deleteExpired(STEP)) === STEP);
}

/** Sweeps every minute until it is told to stop. What has ended is absent for everybody anyway: this frees space. */
export function keepSwept(
  documents: Pick<DocumentStore, 'deleteExpired'>,
  report: (error: unknown) => void,
): { stop(): Promise<void> } {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(() => sweep(documents)).catch(report)
  }, INTERVAL)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      return running
    },
  }
}
