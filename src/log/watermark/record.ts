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
  /** How often the file was written. */
  count: z.number().int(),
})

/** How far a log and its keys had grown when this was written: they never end earlier again. */
export type Watermark = z.infer<typeof watermarkSchema>

/** The size of a record. The two of a file are in separate blocks, so a torn write damages only the older one. */
export const SLOT = 4096

/** Encodes a record as one line of text with its checksum, padded to the length of a slot. */
export function encodeWatermark(mark: Watermark): Buffer {
  const text = JSON.stringify(mark)
  const slot = Buffer.alloc(SLOT, ' ')
  slot.write(`${FORMAT} ${text} ${checksum(text)}\n`)
  slot.write('\n', SLOT - 1)
  return slot
}

/** Decodes a record, `null` when it is damaged. */
export function decodeWatermark(slot: Buffer): Watermark | null {
  if (slot.length !== SLOT) return null
  const line = slot.toString('utf8').split('\n', 1)[0] ?? ''
  const [format, text = '', sum] = line.split(' ')
  if (format !== FORMAT || sum !== checksum(text)) return null
  // The checksum proves that this program wrote these bytes.
  return watermarkSchema.parse(JSON.parse(text))
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
