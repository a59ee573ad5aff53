import { renderUnicodeCompact } from 'uqr'
import type { World } from './console.ts'

/** Draws a URL as a QR code, for a phone to scan, if the output is a terminal. */
export function showQrCode(url: string, { stdout }: World): void {
  if (stdout.isTTY !== true) return
  stdout.write(`\n${renderUnicodeCompact(url, { border: 2 })}\n`)
}
