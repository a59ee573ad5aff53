import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { newId } from '../../kernel/ids.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import { syncDirectory } from '../sync-directory.ts'
import { decodeWatermark, encodeWatermark, SLOT, type Watermark } from './record.ts'

const KEYS = 'keys.db'

/** Returns the path of an installation's watermark: beside its keys, so that it is copied with the directory. */
export function watermarkPath({ keys }: { keys: string }): string {
  const name = basename(keys)
  return join(
    dirname(keys),
    name.startsWith(KEYS) ? `watermark${name.slice(KEYS.length)}` : `${name}.watermark`,
  )
}

/** Reads a watermark, `null` when there is no file. @throws StartRefused when both of its records are damaged. */
export function readWatermark(path: string): Watermark | null {
  if (!existsSync(path)) return null
  const newest = newestOf(slotsIn(readFileSync(path)))
  if (newest) return newest
  throw new StartRefused(
    `The watermark ${path} is damaged, so nothing says whether the log is whole. Compare the log with a checkpoint or ` +
      'a backup; then `countersign log accept-loss` makes a new watermark and notes that in the log',
  )
}

/** Reads both records of a file's content. */
export function slotsIn(content: Buffer): (Watermark | null)[] {
  return [0, SLOT].map((start) => decodeWatermark(content.subarray(start, start + SLOT)))
}

/** Returns the record that was written last. */
export function newestOf(slots: readonly (Watermark | null)[]): Watermark | null {
  const whole = slots.filter((slot) => slot !== null)
  return whole.sort((a, b) => b.count - a.count)[0] ?? null
}

/** Returns the offset of the next record: that of the older one, or of one that is damaged. */
export function nextSlot([first, second]: readonly (Watermark | null)[]): number {
  if (!first || !second) return first ? SLOT : 0
  return first.count < second.count ? 0 : SLOT
}

/** Makes a watermark file and syncs it; one that another process makes at the same time stays. */
export function createWatermark(path: string, mark: Watermark): void {
  const draft = `${path}.${newId()}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, Buffer.concat([encodeWatermark(mark), encodeWatermark(mark)]))
    fsyncSync(file)
    linkSync(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    closeSync(file)
    unlinkSync(draft)
  }
  syncDirectory(dirname(path))
}
