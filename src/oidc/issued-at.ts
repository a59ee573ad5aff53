import type { AdapterPayload } from 'oidc-provider'
import { Provider } from 'oidc-provider'
import type { Views } from '../projections/views.ts'

/** The member of a stored payload with the sequence number that the log had reached when it was issued. */
const ISSUED_AT = 'countersign_sequence'

const knownAt = new WeakMap<object, number>()

/**
 * Records, when a request reads its client, the sequence number that the log has reached. What the request issues is
 * issued under the rights at that number: rotating the secret while it runs invalidates its tokens too.
 */
export function noteRightsOf(views: Pick<Views, 'tokenValidity'>): void {
  const request = Provider.ctx?.req
  if (request && !knownAt.has(request)) knownAt.set(request, views.tokenValidity.sequence())
}

/** Adds to a payload the sequence number under which it is issued. */
export function withIssue(payload: AdapterPayload, views: Pick<Views, 'tokenValidity'>): AdapterPayload {
  const request = Provider.ctx?.req
  const sequence = (request && knownAt.get(request)) ?? views.tokenValidity.sequence()
  return { ...payload, [ISSUED_AT]: sequence }
}

/** Reads the sequence number under which a payload was issued; -1, older than every right, when it has none. */
export function readIssue(payload: AdapterPayload): { payload: AdapterPayload; issuedAt: number } {
  const { [ISSUED_AT]: issuedAt, ...rest } = payload as AdapterPayload & { [ISSUED_AT]?: unknown }
  return { payload: rest, issuedAt: typeof issuedAt === 'number' ? issuedAt : -1 }
}
