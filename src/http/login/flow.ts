import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Interactions } from '../../oidc/interactions.ts'
import { StaleInteraction } from '../reply/page-errors.ts'
import { formTarget } from '../reply/security-headers.ts'
import { field } from '../request/form.ts'
import { localPath } from '../request/local-path.ts'

/** What a sign-in is for: an application that waits, or a page of this service. */
export interface Flow {
  /** Where its forms post to. */
  action: string
  /** The path within this service that follows the sign-in. */
  target: string
  /** The same, where the forms must carry it. */
  returnTo: string | null
  interaction: string | null
  /** The name of the application that waits. */
  application: string | null
  /** Other origins at which its forms may end. */
  formTargets: readonly string[]
  /** The user name that the application suggests. */
  hint: string
}

/** What reading the purpose of a sign-in needs. */
export interface FlowDeps {
  settings: { issuer: string }
  interactions: Interactions
}

/**
 * Reads what a sign-in is for from its address.
 *
 * @throws StaleInteraction when the address names an interaction that is not open in this browser.
 */
export async function flowOf(request: FastifyRequest, reply: FastifyReply, deps: FlowDeps): Promise<Flow> {
  const { uid } = request.params as { uid?: string }
  if (uid !== undefined) return interactionFlow(uid, request, reply, deps)
  const wanted = field(request.query, 'return_to') || field(request.body, 'return_to')
  const target = localPath(wanted, deps.settings.issuer)
  return {
    action: '/login',
    target,
    returnTo: target,
    interaction: null,
    application: null,
    formTargets: [],
    hint: '',
  }
}

async function interactionFlow(
  uid: string,
  request: FastifyRequest,
  reply: FastifyReply,
  { interactions }: FlowDeps,
): Promise<Flow> {
  const details = await interactions.details(request.raw, reply.raw)
  if (!details || details.uid !== uid) throw new StaleInteraction()
  const { client, params } = details
  const target = formTarget(field(params, 'redirect_uri'))
  return {
    action: `/interaction/${uid}/login`,
    target: `/interaction/${uid}`,
    returnTo: null,
    interaction: uid,
    application: client.name ?? client.client_id,
    formTargets: target === null ? [] : [target],
    hint: field(params, 'login_hint'),
  }
}
