import type { Head } from '../../events/commit.ts'
import type { AuditEvent } from '../../projections/audit/present.ts'

/** What the server sends on the live stream. */
export type Frame =
  | { kind: 'event'; event: AuditEvent }
  /** The past has been sent, up to this event. */
  | { kind: 'caught_up'; sequence: number }
  /** Every event up to this one was looked at. */
  | { kind: 'progress'; sequence: number }
  /** The cursor belongs to another log or epoch, or is after the end of this one. */
  | { kind: 'reset'; log: string; epoch: number }

const FINAL_TEXT_FRAME = 0x81
const TWO_BYTE_LENGTH = 126
const EIGHT_BYTE_LENGTH = 127

/**
 * Encodes a frame as a server's unmasked WebSocket text frame (RFC 6455 §5.2). It is encoded once and
 * written to all sockets: encoding it for each would cost more than all other work together.
 */
export function encodeFrame(frame: Frame): Buffer {
  const payload = Buffer.from(JSON.stringify(frame))
  return Buffer.concat([frameHeader(payload.length), payload])
}

/** Makes the frame that names the log and epoch to a client with a void cursor. */
export function resetFrame({ log, epoch }: Head): Frame {
  return { kind: 'reset', log, epoch }
}

function frameHeader(length: number): Buffer {
  if (length < TWO_BYTE_LENGTH) return Buffer.from([FINAL_TEXT_FRAME, length])
  if (length <= 0xffff) {
    const header = Buffer.from([FINAL_TEXT_FRAME, TWO_BYTE_LENGTH, 0, 0])
    header.writeUInt16BE(length, 2)
    return header
  }
  const header = Buffer.alloc(10)
  header.set([FINAL_TEXT_FRAME, EIGHT_BYTE_LENGTH])
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}
