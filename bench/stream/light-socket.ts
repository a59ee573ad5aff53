import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Socket } from 'node:net'

/** Calls back with the bytes in which a text frame lies, and where in them. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void

/**
 * Opens a WebSocket that does nothing but find the frames in what comes (RFC 6455 §5.2): a client that took
 * every message apart would need more of the machine than the server that is to be measured.
 */
export function openLightSocket(
  url: string,
  headers: Record<string, string>,
  onFrame: OnFrame,
): Promise<Socket> {
  const key = randomBytes(16).toString('base64')
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  return new Promise((resolve, reject) => {
    const opening = request(url.replace(/^ws/, 'http'), {
      headers: { ...headers, ...upgrade, 'sec-websocket-key': key },
    })
    opening.once('error', reject)
    opening.once('response', ({ statusCode }) => reject(new Error(`The upgrade was declined: ${statusCode}`)))
    opening.once('upgrade', (_response, socket, head) => {
      let rest = readFrames(head, onFrame)
      socket.on('data', (data) => {
        rest = readFrames(rest.length > 0 ? Buffer.concat([rest, data]) : data, onFrame)
      })
      resolve(socket)
    })
    opening.end()
  })
}

/** Finds whole frames, and gives back what is left of one that has not come whole. */
function readFrames(bytes: Buffer, onFrame: OnFrame): Buffer {
  let at = 0
  while (bytes.length - at >= 2) {
    const short = bytes.readUInt8(at + 1) & 0x7f
    if (short === 127) throw new Error('A frame is longer than any event of this benchmark')
    const header = short === 126 ? 4 : 2
    if (bytes.length - at < header) break
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short
    const start = at + header
    if (bytes.length < start + length) break
    if ((bytes.readUInt8(at) & 0x0f) === 1) onFrame(bytes, start, start + length)
    at = start + length
  }
  return bytes.subarray(at)
}
