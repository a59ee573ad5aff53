import { connect, type Socket } from 'node:net'

/** Reads one document over connections that stay open, with as little work of its own as possible. */
export class DocumentClient {
  readonly #request: string
  readonly #port: number
  readonly #free: Socket[] = []

  constructor(port: number, path: string) {
    this.#port = port
    this.#request = `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`
  }

  /** Reads it once. @throws Error unless the answer is 200. */
  async read(): Promise<void> {
    const socket = this.#free.pop() ?? connect(this.#port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => {
      let text = ''
      const settle = (error: Error | null) => {
        socket.off('data', take)
        socket.off('error', settle)
        if (error) reject(error)
        else resolve()
      }
      const take = (chunk: Buffer) => {
        text += chunk.toString('latin1')
        const end = text.indexOf('\r\n\r\n')
        if (end < 0) return
        if (!text.startsWith('HTTP/1.1 200 ')) return settle(new Error(text.slice(0, end)))
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1])
        if (text.length >= end + 4 + length) settle(null)
      }
      socket.on('data', take)
      socket.once('error', settle)
      socket.write(this.#request)
    })
    this.#free.push(socket)
  }

  close(): void {
    for (const socket of this.#free) socket.destroy()
  }
}
