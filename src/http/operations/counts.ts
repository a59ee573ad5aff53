import type { FastifyInstance } from 'fastify'
import type { CommandGateway } from '../../commands/catalogue.ts'
import { Refusal } from '../../kernel/refusal.ts'

/** What the service has done since it started. */
export interface Counts {
  /** By result: `done`, the code of a refusal, or `failed`. */
  readonly commands: ReadonlyMap<string, number>
  /** By method and status, with a space between. */
  readonly requests: ReadonlyMap<string, number>
  /** The time spent on requests, in seconds. */
  readonly requestSeconds: number
  /** Makes a gateway that counts what goes through it. */
  counting(commands: CommandGateway): CommandGateway
  /** Counts a request whose time is too short to measure. */
  countRequest(method: string, status: number): void
  /** Counts every request of a server and of all within it. */
  countRequests(app: FastifyInstance): void
}

/** Makes the counters, all at 0. */
export function createCounts(): Counts {
  const commands = new Map<string, number>()
  const requests = new Map<string, number>()
  let requestSeconds = 0
  return {
    commands,
    requests,
    get requestSeconds() {
      return requestSeconds
    },
    counting: (gateway) => ({
      async submit(command) {
        try {
          const answer = await gateway.submit(command)
          add(commands, 'done')
          return answer
        } catch (error) {
          add(commands, error instanceof Refusal ? error.code : 'failed')
          throw error
        }
      },
    }),
    countRequest: (method, status) => add(requests, `${method} ${status}`),
    countRequests: (app) => {
      app.addHook('onResponse', async (request, reply) => {
        add(requests, `${request.method} ${reply.statusCode}`)
        requestSeconds += reply.elapsedTime / 1000
      })
    },
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
