import type { Socket } from 'node:net'

/** How much may wait in memory for one reader before reading the log for it pauses, in bytes. */
const HIGH_WATER = 256 * 1024

/** The part of a TCP connection that frames are written to. */
export type OutletSocket = Pick<Socket, 'write' | 'writableLength' | 'destroyed' | 'once' | 'off'>

/**
 * Writes encoded frames to the connection of one reader, as fast as it reads them. WebSocket frames of
 * the library are each written in one piece as well, so the two never mix.
 */
export class Outlet {
  readonly #socket: OutletSocket
  readonly #patience: number
  #blocked = false

  /** @param patience how long a reader may read nothing from a full connection, in milliseconds. */
  constructor(socket: OutletSocket, patience: number) {
    this.#socket = socket
    this.#patience = patience
  }

  /** Whether the reader must read something before more is sent. */
  get blocked(): boolean {
    return this.#blocked
  }

  write(bytes: Buffer): void {
    if (bytes.length > 0 && !this.#socket.destroyed) this.#socket.write(bytes)
  }

  /** Waits until there is room for more. Answers `false` when the reader is too slow. */
  async hasRoom(): Promise<boolean> {
    if (this.#socket.writableLength <= HIGH_WATER || this.#socket.destroyed) return true
    this.#blocked = true
    const drained = await this.#drained()
    this.#blocked = false
    return drained
  }

  #drained(): Promise<boolean> {
    const socket = this.#socket
    return new Promise((resolve) => {
      const settle = (drained: boolean) => {
        clearTimeout(timer)
        socket.off('drain', onDrain)
        socket.off('close', onDrain)
        resolve(drained)
      }
      const onDrain = () => settle(true)
      const timer = setTimeout(() => settle(false), this.#patience)
      socket.once('drain', onDrain)
      socket.once('close', onDrain)
    })
  }
}
