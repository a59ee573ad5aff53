/** How one load ran: how many a second, and how long each caller waited. */
export interface LoadFigures {
  per_second: number
  p50_ms: number
  p99_ms: number
}

/** Keeps `callers` calls going at once until `count` are done; each caller starts its next as the last one ends. */
export async function load(
  count: number,
  callers: number,
  call: (index: number) => Promise<unknown>,
): Promise<LoadFigures> {
  const waits: number[] = []
  let next = 0
  const caller = async () => {
    while (next < count) {
      const index = next
      next += 1
      const begun = performance.now()
      await call(index)
      waits.push(performance.now() - begun)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: callers }, caller))
  const seconds = (performance.now() - begun) / 1000
  return {
    per_second: Math.round(count / seconds),
    p50_ms: quantile(waits, 0.5),
    p99_ms: quantile(waits, 0.99),
  }
}

/** Reads a quantile of some measurements, rounded to hundredths. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return Math.round(value * 100) / 100
}

/** Gives the middle one of several runs of the same load, by its rate. */
export function medianRun(runs: readonly LoadFigures[]): LoadFigures {
  const sorted = [...runs].sort((left, right) => left.per_second - right.per_second)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (!middle) throw new Error('No run to take the median of')
  return middle
}
