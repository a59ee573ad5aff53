import { WebSocket } from 'ws'
import type { Frame } from '../../../src/http/stream/frames.ts'

/** A program that reads the live stream. */
export class StreamReader {
  readonly frames: Frame[] = []
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  #waiting: (() => void)[] = []

  constructor(url: string, headers: Record<string, string> = { authorization: 'Bearer admin' }) {
    this.socket = new WebSocket(url, { headers })
    this.socket.on('message', (data) => {
      this.frames.push(JSON.parse(data.toString()) as Frame)
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        this.#wake()
      })
    })
    this.socket.on('error', () => undefined)
  }

  /** The status with which the server declined to upgrade the connection. */
  async declined(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.once('unexpected-response', (_request, response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      this.socket.once('open', () => reject(new Error('The connection was opened')))
    })
  }

  /** The sequence numbers of the events so far. */
  get sequences(): number[] {
    return this.frames.flatMap((frame) => (frame.kind === 'event' ? [frame.event.sequence] : []))
  }

  /** The last event, or 0. */
  get last(): number {
    return this.sequences.at(-1) ?? 0
  }

  /** Waits until the reader is as a condition says. */
  async until(condition: (reader: StreamReader) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('The stream was closed too early')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Waits until the past has been sent. */
  caughtUp(): Promise<void> {
    return this.until(({ frames }) => frames.some(({ kind }) => kind === 'caught_up'))
  }

  close(): void {
    this.socket.close()
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }
}
