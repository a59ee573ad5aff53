import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** A server on a free port of this machine, which is there before the application that answers. */
export interface Listener {
  /** The address, by the name that browsers and the protocol allow without TLS. */
  issuer: string
  /** Lets an application answer from now on, instead of the one before. */
  serve(app: FastifyInstance): Promise<void>
  close(): Promise<void>
}

/** Opens a port first: the issuer has to be known to build what answers under it. */
export async function openListener(): Promise<Listener> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    issuer: `http://localhost:${port}`,
    async serve(app) {
      await app.ready()
      server.removeAllListeners('request')
      server.on('request', (request, response) => app.routing(request, response))
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
