/*
 * The guards, in the order in which a request meets them. What is checked once for a whole scope is in these tables.
 * What depends on the route is named at the route:
 * - admin API: `proof` of each route says how fresh the proof of a person must be (admin/route.ts);
 * - live stream: the origin, the caller and a free place (stream/live-stream.ts);
 * - pages: `admission.admit` where a stranger makes the service keep something, `throttle.attempt` and `takeFrom`
 *   where something can be guessed, `requireSession` and `requireFresh` where an account changes.
 */
import { type CallerSources, requireAdministrator } from '../request/caller.ts'
import { requireSingleFields } from '../request/single-fields.ts'
import { type ForgeryDeps, preventForgery } from './forgery.ts'
import { type ForwardedHeadersDeps, noticeForwardedHeaders } from './forwarded-headers.ts'
import type { Guard } from './guard.ts'
import { type HaltDeps, refuseWhileHalted } from './halted.ts'
import { awaitPosition, type PositionDeps } from './read-your-writes.ts'

/** What the guards of every request need. */
export type EveryRequestDeps = ForwardedHeadersDeps & HaltDeps & PositionDeps & ForgeryDeps

/** Every request, whatever its route; `forgery: NOT_BY_COOKIE` at a route leaves out the last one. */
export const EVERY_REQUEST: readonly Guard<EveryRequestDeps>[] = [
  { at: 'onRequest', check: noticeForwardedHeaders },
  { at: 'onRequest', check: refuseWhileHalted },
  { at: 'onRequest', check: awaitPosition },
  { at: 'preHandler', check: preventForgery },
]

/** Every page. */
export const PAGES: readonly Guard<object>[] = [{ at: 'preValidation', check: requireSingleFields }]

/** Every route of the admin API. */
export const ADMIN_API: readonly Guard<CallerSources>[] = [{ at: 'onRequest', check: requireAdministrator }]
