import type { AdapterPayload } from 'oidc-provider'
import { Provider } from 'oidc-provider'
import type { Views } from '../projections/views.ts'

/** The member of a stored payload that says how far the log had come when it was issued. */
const ISSUED_AT = 'countersign_sequence'

const knownAt = new WeakMap<object, number>()

/**
 * Notes, when a request reads its client, how far the log had come. What the request issues is issued under the
 * rights of that moment: a secret that is rotated while it runs ends its tokens too.
 */
export function noteRightsOf(views: Pick<Views, 'tokenValidity'>): void {
  const request = Provider.ctx?.req
  if (request && !knownAt.has(request)) knownAt.set(request, views.tokenValidity.sequence())
}

/** Adds to a payload under which state of the log it is issued. */
export function withIssue(payload: AdapterPayload, views: Pick<Views, 'tokenValidity'>): AdapterPayload {
  const request = Provider.ctx?.req
  const sequence = (request && knownAt.get(request)) ?? views.tokenValidity.sequence()
  return { ...payload, [ISSUED_AT]: sequence }
}

/** Reads under which state of the log a payload was issued; what does not say so is older than every right. */
export function readIssue(payload: AdapterPayload): { payload: AdapterPayload; issuedAt: number } {
  const { [ISSUED_AT]: issuedAt, ...rest } = payload as AdapterPayload & { [ISSUED_AT]?: unknown }
  return { payload: rest, issuedAt: typeof issuedAt === 'number' ? issuedAt : -1 }
}
