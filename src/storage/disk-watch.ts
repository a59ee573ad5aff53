import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** How often the free space is measured, in milliseconds. */
const INTERVAL = 1_000
/** With fewer free bytes than this a disk counts as full, whatever is reserved: the next commit may not fit. */
const FULL = 64 * 1024
const MEBI = 1024 * 1024

/** Knows whether the disk is too full to accept new work. */
export interface DiskWatch {
  /** Says why no new work is accepted, or `null`. */
  shortage(): string | null
  stop(): void
}

/** The options of a disk watch. */
export interface DiskWatchOptions {
  /** The directories whose file systems are written to. */
  directories: readonly string[]
  /** How many bytes are kept free for erasing, signing out and revoking. */
  reserve: number
  /** Called with the reason when space runs short, and with `null` when there is enough again. */
  onChange(shortage: string | null): void
  /** Asks a file system how many bytes are free. */
  freeSpace?: (directory: string) => Promise<number>
  interval?: number
}

/** Measures the free space now and then at intervals. It never delays the writer. */
export async function watchDisk(options: DiskWatchOptions): Promise<DiskWatch> {
  const { reserve, onChange, freeSpace = freeBytes, interval = INTERVAL } = options
  const directories = [...new Set(options.directories)]
  let shortage: string | null = null
  let stopped = false
  const look = async () => {
    // When the free space is unknown, a failed write reports the full disk.
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

/** Asks a file system how many bytes are free for this process; for a directory that does not exist yet, its parent. */
async function freeBytes(directory: string): Promise<number> {
  const there = existsSync(directory) ? directory : dirname(directory)
  const { bavail, bsize } = await statfs(there)
  return bavail * bsize
}

function describe(free: number, reserve: number): string {
  return `the disk is nearly full: ${Math.floor(free / MEBI)} MiB are free, and ${Math.ceil(reserve / MEBI)} MiB are reserved`
}
