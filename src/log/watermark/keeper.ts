import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  openSync,
  readSync,
  write,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import type { Head } from '../../events/commit.ts'
import { createWatermark, newestOf, nextSlot, slotsIn } from './file.ts'
import { encodeWatermark, SLOT, type Watermark } from './record.ts'

const writeLater = promisify(write)
const syncLater = promisify(fdatasync)

/** The pause between two writes, in milliseconds: the log may be ahead by that much. */
const PAUSE = 25

/** What is written: where the log ends, and how often its keys were changed. */
type Reached = Omit<Watermark, 'count'>

/**
 * Writes the end of the log into a second file. Only a head that is already on the disk is written, so the watermark
 * may lag but never leads. It is written in a pool thread while commits go on, and only for the latest of them.
 */
export class WatermarkKeeper {
  readonly #path: string
  readonly #keysReached: () => number
  readonly #onFault: (fault: Error | null) => void
  #file: number | null = null
  #latest: Head | null = null
  #running: Promise<void> | null = null
  #stopped = false
  #faulty = false
  #endPause: () => void = () => undefined

  /**
   * @param keysReached reads how often the keys were changed.
   * @param onFault called when the file cannot be written, and with `null` when it can be again.
   */
  constructor(
    path: string,
    keysReached: () => number,
    onFault: (fault: Error | null) => void = () => undefined,
  ) {
    this.#path = path
    this.#keysReached = keysReached
    this.#onFault = onFault
  }

  /** Writes and syncs where the log ends; makes the file if there is none. For an empty log it writes nothing. */
  noteNow(head: Head): void {
    if (head.position === 0) return
    const reached = this.#reached(head)
    if (!existsSync(this.#path)) {
      this.#release()
      createWatermark(this.#path, { ...reached, count: 1 })
    }
    const file = this.#opened()
    const next = nextRecord(file, reached)
    if (!next) return
    writeSync(file, next.bytes, 0, SLOT, next.slot)
    fdatasyncSync(file)
  }

  /** Starts writing the end of the log, without waiting for it. */
  note(head: Head): void {
    if (this.#stopped) return
    this.#latest = head
    this.#running ??= this.#run()
  }

  /** Stops writing: after a failure it is not known what is on the disk. */
  stop(): void {
    this.#stopped = true
    this.#latest = null
    this.#endPause()
  }

  /**
   * Closes it, and writes the exact end of the log, unless it was stopped or the file cannot be written.
   *
   * @returns whether the end was written.
   */
  async close(head: () => Head): Promise<boolean> {
    const exact = !this.#stopped
    this.stop()
    await this.#running
    try {
      if (exact) this.noteNow(head())
      return exact
    } catch (error) {
      this.#onFault(error instanceof Error ? error : new Error(String(error)))
      return false
    } finally {
      this.#release()
    }
  }

  async #run(): Promise<void> {
    while (this.#latest) {
      const head = this.#latest
      this.#latest = null
      try {
        await this.#write(head)
        this.#report(null)
      } catch (error) {
        this.#report(error instanceof Error ? error : new Error(String(error)))
      }
      await this.#pause()
    }
    this.#running = null
  }

  async #write(head: Head): Promise<void> {
    if (this.#file === null && !existsSync(this.#path)) return this.noteNow(head)
    const file = this.#opened()
    const next = nextRecord(file, this.#reached(head))
    if (!next) return
    await writeLater(file, next.bytes, 0, SLOT, next.slot)
    await syncLater(file)
  }

  #pause(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PAUSE)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #report(fault: Error | null): void {
    if (this.#stopped || (!fault && !this.#faulty)) return
    this.#faulty = fault !== null
    this.#onFault(fault)
  }

  #reached({ log, epoch, position, hash }: Head): Reached {
    return { log, epoch, position, hash: Buffer.from(hash).toString('hex'), keys: this.#keysReached() }
  }

  #opened(): number {
    this.#file ??= openSync(this.#path, 'r+')
    return this.#file
  }

  #release(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}

/** Computes the next record and its offset; `null` when another process has written as much already. */
function nextRecord(file: number, reached: Reached): { bytes: Buffer; slot: number } | null {
  const content = Buffer.alloc(2 * SLOT)
  const length = readSync(file, content, 0, content.length, 0)
  const slots = slotsIn(content.subarray(0, length))
  const newest = newestOf(slots)
  if (newest && covers(newest, reached)) return null
  const isSameAge = newest?.log === reached.log && newest.epoch === reached.epoch
  const mark = isSameAge ? furthest(newest, reached) : reached
  return { bytes: encodeWatermark({ ...mark, count: (newest?.count ?? 0) + 1 }), slot: nextSlot(slots) }
}

function covers(newest: Watermark, { log, epoch, position, keys }: Reached): boolean {
  if (newest.log !== log || newest.epoch < epoch) return false
  return newest.epoch > epoch || (newest.position >= position && newest.keys >= keys)
}

/** Joins the records of two processes: each may have seen more of the log or more of the keys. */
function furthest(newest: Watermark, reached: Reached): Reached {
  const { count: _, ...known } = newest
  const further = known.position > reached.position ? known : reached
  return { ...further, keys: Math.max(known.keys, reached.keys) }
}
