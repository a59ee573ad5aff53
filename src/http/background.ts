/** Work that goes on behind a reply, so that how long it takes tells nothing to whoever asked. */
export interface Background {
  /** Starts a task; what goes wrong in it is reported, not thrown. */
  run(task: () => Promise<void>): void
  /** Resolves when nothing is going on any more. */
  settled(): Promise<void>
}

/** Makes the keeper of background work. */
export function createBackground(report: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>()
  return {
    run(task) {
      const work = task()
        .catch(report)
        .finally(() => running.delete(work))
      running.add(work)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
