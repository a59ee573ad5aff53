import { renderUnicodeCompact } from 'uqr'
import type { World } from './console.ts'

/** Draws an address as a QR code, for a phone to read, where a person looks at a terminal. */
export function showQrCode(url: string, { stdout }: World): void {
  if (stdout.isTTY !== true) return
  stdout.write(`\n${renderUnicodeCompact(url, { border: 2 })}\n`)
}
