import { createHash } from 'node:crypto'
import { z } from 'zod'

const FORMAT = 'countersign-watermark/1'

const watermarkSchema = z.strictObject({
  log: z.string(),
  epoch: z.number().int(),
  position: z.number().int(),
  /** Hex, of the commit at the position. */
  hash: z.string(),
  /** How often the key file had been changed. */
  keys: z.number().int(),
  /** Counts the writings of the file. */
  count: z.number().int(),
})

/** How far a log and its keys had come when this was noted: they have come at least as far ever since. */
export type Watermark = z.infer<typeof watermarkSchema>

/** The two records of a file, each in a block of its own: a write that is torn spoils the older one only. */
export const SLOT = 4096

/** Writes a record as one line of text with its checksum, filled up to the length of a slot. */
export function encodeWatermark(mark: Watermark): Buffer {
  const text = JSON.stringify(mark)
  const slot = Buffer.alloc(SLOT, ' ')
  slot.write(`${FORMAT} ${text} ${checksum(text)}\n`)
  slot.write('\n', SLOT - 1)
  return slot
}

/** Reads a record, `null` when it is not whole. */
export function decodeWatermark(slot: Buffer): Watermark | null {
  if (slot.length !== SLOT) return null
  const line = slot.toString('utf8').split('\n', 1)[0] ?? ''
  const [format, text = '', sum] = line.split(' ')
  if (format !== FORMAT || sum !== checksum(text)) return null
  // The checksum says that these are the bytes that this program wrote.
  return watermarkSchema.parse(JSON.parse(text))
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
