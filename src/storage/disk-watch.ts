import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** How often the free space is looked at, in milliseconds. */
const INTERVAL = 1_000
/** With less than this, in bytes, a disk is full whatever is reserved: the next commit may not fit. */
const FULL = 64 * 1024
const MEBI = 1024 * 1024

/** Knows whether there is so little room that no new work is taken. */
export interface DiskWatch {
  /** Says why no new work is taken, or `null`. */
  shortage(): string | null
  stop(): void
}

/** What a watch over the disk is told. */
export interface DiskWatchOptions {
  /** The directories whose file systems are written to. */
  directories: readonly string[]
  /** How many bytes are kept free for what must still work. */
  reserve: number
  /** Called with the reason when space runs short, and with `null` when there is room again. */
  onChange(shortage: string | null): void
  /** Asks a file system how many bytes are free. */
  freeSpace?: (directory: string) => Promise<number>
  interval?: number
}

/** Looks at the free space now and from then on, beside the writer, which is never held up by it. */
export async function watchDisk(options: DiskWatchOptions): Promise<DiskWatch> {
  const { reserve, onChange, freeSpace = freeBytes, interval = INTERVAL } = options
  const directories = [...new Set(options.directories)]
  let shortage: string | null = null
  let stopped = false
  const look = async () => {
    // A disk that cannot be asked is told of by what is written to it.
    const free = Math.min(
      ...(await Promise.all(directories.map((each) => freeSpace(each).catch(() => Infinity)))),
    )
    const short = free < Math.max(reserve, FULL)
    if (stopped) return
    const changed = short !== (shortage !== null)
    shortage = short ? describe(free, reserve) : null
    if (changed) onChange(shortage)
  }
  await look()
  let timer = setTimeout(again, interval)
  timer.unref()
  async function again(): Promise<void> {
    await look()
    if (stopped) return
    timer = setTimeout(again, interval)
    timer.unref()
  }
  return {
    shortage: () => shortage,
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** Asks a file system how many bytes are free for this process; of a directory to be made, the one above it. */
async function freeBytes(directory: string): Promise<number> {
  const there = existsSync(directory) ? directory : dirname(directory)
  const { bavail, bsize } = await statfs(there)
  return bavail * bsize
}

function describe(free: number, reserve: number): string {
  return `the disk is nearly full: ${Math.floor(free / MEBI)} MiB are free, and ${Math.ceil(reserve / MEBI)} MiB are reserved`
}
