import websocket, { type WebSocket } from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { actorOf, judgeAdministrator, type Principal } from '../../accounts/principal.ts'
import { sendProblem } from '../reply/problem.ts'
import {
  bringsToken,
  NOT_BY_MAIL,
  principalOf,
  requireAdministrator,
  sendForbidden,
  sendProofNeeded,
} from '../request/caller.ts'
import { CLOSE, endSocket } from './close-codes.ts'
import type { StreamDeps } from './deps.ts'
import { filterOf, type StreamQuery, streamQuery } from './filter.ts'
import { encodeFrame, resetFrame } from './frames.ts'
import { StreamHub } from './hub.ts'
import { StreamSlots } from './slots.ts'

/** The path of the live stream. */
export const STREAM_PATH = '/api/admin/events/stream'
/** The largest message of a reader, in bytes: it sends only answers to pings. */
const MOST_INBOUND = 1024
/** How long a node may need to reach a cursor from another node before the cursor counts as void, in milliseconds. */
const LONGEST_LAG = 2_000

/** Serves the live stream of events, and answers the hub of all its readers. */
export async function liveStream(scope: FastifyInstance, deps: StreamDeps): Promise<StreamHub> {
  const hub = new StreamHub(deps, deps.stream)
  const slots = new StreamSlots(deps.stream?.most)
  await scope.register(websocket, {
    options: { maxPayload: MOST_INBOUND, perMessageDeflate: false },
    preClose: (done) => {
      hub.shutDown()
      done()
    },
    errorHandler: (error, socket, request) => {
      request.log.info({ err: error }, 'a live stream broke off')
      socket.terminate()
    },
  })
  const origin = new URL(deps.settings.issuer).origin
  scope.route({
    method: 'GET',
    url: STREAM_PATH,
    schema: {
      operationId: 'streamEvents',
      tags: ['audit trail'],
      summary: 'Follow the audit trail over a WebSocket',
      security: [{ bearer: ['admin'] }],
      querystring: streamQuery,
    },
    // Browsers let any page open a WebSocket with our cookies, so the origin is checked before any answer
    // (RFC 6455 §10.2). A request with a token needs no check: no page can make a browser send one.
    onRequest: async (request, reply) =>
      isFromElsewhere(request, origin) ? sendForbidden(reply) : undefined,
    preHandler: async (request, reply) => {
      if (!request.ws) return requireAdministrator(deps)(request, reply)
      slots.requireRoom()
      const principal = await principalOf(request, deps)
      const verdict = principal && judgeAdministrator(principal)
      if (verdict === 'proof_needed') return sendProofNeeded(reply, NOT_BY_MAIL)
      if (principal && verdict === 'allowed') slots.requireRoomFor(holderOf(principal))
      return undefined
    },
    handler: async (_request, reply) => {
      const detail = 'The live stream is a WebSocket'
      reply.header('upgrade', 'websocket')
      return sendProblem(reply, { title: 'Upgrade required', status: 426, detail, code: 'upgrade_required' })
    },
    wsHandler: (socket, request) => accept({ hub, slots }, deps, socket, request),
  })
  return hub
}

function isFromElsewhere(request: FastifyRequest, origin: string): boolean {
  if (!request.ws || bringsToken(request)) return false
  const { origin: given, cookie } = request.headers
  return given === undefined ? cookie !== undefined : given !== origin
}

async function accept(
  { hub, slots }: { hub: StreamHub; slots: StreamSlots },
  deps: StreamDeps,
  socket: WebSocket,
  request: FastifyRequest,
): Promise<void> {
  const principal = await principalOf(request, deps)
  if (!principal) return endSocket(socket, CLOSE.notSignedIn)
  if (judgeAdministrator(principal) !== 'allowed') return endSocket(socket, CLOSE.notAllowed)
  // Checked again: others may have connected since.
  const giveBack = slots.take(holderOf(principal))
  if (!giveBack) return endSocket(socket, CLOSE.tooMany)
  socket.once('close', giveBack)
  const raw = request.raw.socket
  // The schema of the route has parsed it.
  const query = request.query as StreamQuery
  await seen(query.after ?? 0, deps)
  if (socket.readyState !== socket.OPEN) return
  const head = deps.log.head()
  if (isVoid(query, head)) {
    raw.write(encodeFrame(resetFrame(head)))
    return endSocket(socket, CLOSE.reset)
  }
  const right = {
    key: JSON.stringify([request.headers.authorization, request.headers.cookie]),
    holds: async () => {
      // A page that is only left open must not prolong its session.
      const sources = { readToken: deps.readToken, sessions: { current: deps.sessions.peek } }
      const now = await principalOf(request, sources)
      return now !== null && judgeAdministrator(now) === 'allowed'
    },
  }
  hub.add({ socket, raw, right }, { after: query.after ?? head.sequence, filter: filterOf(query) })
}

function holderOf(principal: Principal): string {
  const { kind, id } = actorOf(principal)
  return `${kind} ${id}`
}

/** Waits a bounded time until this node has reached an event that another node may have shown already. */
async function seen(sequence: number, { log, watch }: StreamDeps): Promise<void> {
  if (log.head().sequence >= sequence) return
  const signal = AbortSignal.timeout(LONGEST_LAG)
  while (!signal.aborted) {
    const generation = watch.generation
    if (log.head().sequence >= sequence) return
    await watch.changed(generation, signal)
  }
}

/** Tells whether a cursor does not belong to this log (I10). */
function isVoid(
  { after, log, epoch }: z.output<typeof streamQuery>,
  head: { log: string; epoch: number; sequence: number },
): boolean {
  return (
    (log !== undefined && log !== head.log) ||
    (epoch !== undefined && epoch !== head.epoch) ||
    (after !== undefined && after > head.sequence)
  )
}
