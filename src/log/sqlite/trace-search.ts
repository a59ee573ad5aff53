import { closeSync, openSync, readSync } from 'node:fs'
import { PageJudge, type PageLayout } from './page-judge.ts'

const CHUNK = 1 << 20

/** After how long other work of the thread gets its turn, in milliseconds. */
const TURN = 10

/** Traces are indexed by their first bytes; shorter ones cannot be searched for. */
const PREFIX = 4

/**
 * Finds which of the byte strings, of four bytes or more each, a file of pages holds outside of its rows and entries.
 * Reads the file once for all of them, because a person leaves dozens, and gives way to other work of this thread.
 */
export async function remnantsInFile(
  path: string,
  traces: readonly Uint8Array[],
  layout: PageLayout,
): Promise<Uint8Array[]> {
  if (traces.length === 0) return []
  const index = new PrefixIndex(traces)
  const found = new Set<Uint8Array>()
  const overlap = Math.max(...traces.map((trace) => trace.length)) - 1
  const buffer = Buffer.alloc(CHUNK + overlap)
  const file = openSync(path, 'r')
  const judge = new PageJudge(file, layout)
  try {
    let turnEnds = performance.now() + TURN
    for (let kept = 0, begin = 0; ; ) {
      const read = readSync(file, buffer, kept, CHUNK, null)
      if (read === 0) return [...found]
      const window = buffer.subarray(0, kept + read)
      index.search(window, found, (at, length) => judge.isRemnant(begin + at, length))
      // A trace that begins at the end of this window is found in the next one.
      kept = Math.min(overlap, window.length)
      buffer.copyWithin(0, window.length - kept, window.length)
      begin += window.length - kept
      if (performance.now() < turnEnds) continue
      await new Promise(setImmediate)
      turnEnds = performance.now() + TURN
    }
  } finally {
    closeSync(file)
  }
}

/** Tells whether a match in the window is a remnant, by its offset and length. */
type IsRemnant = (at: number, length: number) => boolean

/** Traces by their first four bytes, with a table of one byte per hash that rules out nearly every offset. */
class PrefixIndex {
  readonly #maybe = new Uint8Array(1 << 16)
  readonly #byPrefix = new Map<number, Uint8Array[]>()

  constructor(traces: readonly Uint8Array[]) {
    for (const trace of traces) {
      const prefix = Buffer.from(trace).readInt32BE(0)
      this.#maybe[slot(prefix)] = 1
      this.#byPrefix.set(prefix, [...(this.#byPrefix.get(prefix) ?? []), trace])
    }
  }

  search(window: Buffer, found: Set<Uint8Array>, isRemnant: IsRemnant): void {
    const maybe = this.#maybe
    let prefix = 0
    for (let at = 0; at < window.length; at += 1) {
      prefix = (prefix << 8) | (window[at] ?? 0)
      if (maybe[slot(prefix)] === 1 && at >= PREFIX - 1)
        this.#compare(window, at - PREFIX + 1, prefix, found, isRemnant)
    }
  }

  #compare(
    window: Buffer,
    start: number,
    prefix: number,
    found: Set<Uint8Array>,
    isRemnant: IsRemnant,
  ): void {
    for (const trace of this.#byPrefix.get(prefix) ?? []) {
      if (found.has(trace)) continue
      if (!window.subarray(start, start + trace.length).equals(trace)) continue
      if (isRemnant(start, trace.length)) found.add(trace)
    }
  }
}

function slot(prefix: number): number {
  return Math.imul(prefix, 0x9e3779b1) >>> 16
}
