import { connect, createServer, type Socket } from 'node:net'

/** Where a connection is cut: before the server has the request, while it works on it, or before its reply. */
export type Cut = 'before the request' | 'after the request' | 'before the reply'

/** A way to a server that can be cut. */
export interface CuttingProxy {
  port: number
  /** How many connections were cut, by the place. */
  cuts: Record<Cut, number>
  close(): Promise<void>
}

/**
 * Listens on a free port and passes on whole messages of the MongoDB protocol in both directions.
 *
 * @param choose decides for each insert of a commit whether and where its connection is cut.
 */
export async function openCuttingProxy(targetPort: number, choose: () => Cut | null): Promise<CuttingProxy> {
  const cuts: Record<Cut, number> = { 'before the request': 0, 'after the request': 0, 'before the reply': 0 }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1')
    let cutAtReply = false
    const end = (cut?: Cut) => {
      if (cut) cuts[cut] += 1
      client.destroy()
      target.destroy()
    }
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => end())
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on(
      'data',
      framing((message) => {
        const cut = isCommit(message) ? choose() : null
        if (cut === 'before the request') return end(cut)
        if (cut === 'after the request') return target.write(message, () => end(cut))
        cutAtReply = cut !== null
        target.write(message)
      }),
    )
    target.on(
      'data',
      framing((message) => {
        if (cutAtReply) end('before the reply')
        else client.write(message)
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return {
    port: address.port,
    cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Puts messages together: each begins with its length, 32 bits, least significant byte first. */
function framing(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0)
  return (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const message = pending.subarray(0, pending.readInt32LE(0))
      pending = pending.subarray(message.length)
      onMessage(message)
    }
  }
}

/** Tells whether a message inserts a commit. */
function isCommit(message: Buffer): boolean {
  const head = message.subarray(0, 64).toString('latin1')
  return head.includes('insert\0') && head.includes('commits\0')
}
