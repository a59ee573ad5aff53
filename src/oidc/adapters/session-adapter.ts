import { type AdapterPayload, Provider } from 'oidc-provider'
import type { DocumentIndex } from '../../documents/port.ts'
import type { OidcDeps } from '../deps.ts'
import { type Bounds, sessionFault } from './bounded-models.ts'
import { DocumentAdapter, refuseWrite } from './document-adapter.ts'

/** How long the session of a browser without a signed-in person is kept, in seconds. */
const ANONYMOUS = 10 * 60

/**
 * Stores oidc-provider's sessions. Each is valid only while the browser session that it was made in is, whose id is its
 * uid: when that has ended, or the browser has another now, the session is not found.
 */
export class SessionAdapter extends DocumentAdapter {
  readonly #browserSession: OidcDeps['browserSession']
  readonly #bounds: Bounds

  constructor(model: string, deps: Pick<OidcDeps, 'documents' | 'clock' | 'browserSession'> & Bounds) {
    super(model, deps)
    this.#browserSession = deps.browserSession
    this.#bounds = deps
  }

  override async upsert(id: string, payload: AdapterPayload, expiresIn = ANONYMOUS): Promise<void> {
    const fault = await sessionFault(payload, this.#bounds)
    if (fault !== null) return refuseWrite(fault)
    await super.upsert(
      id,
      payload,
      payload.accountId === undefined ? Math.min(expiresIn, ANONYMOUS) : expiresIn,
    )
  }

  protected override indexOf(payload: AdapterPayload): DocumentIndex {
    return { ...super.indexOf(payload), ...(payload.accountId === undefined ? { anonymous: true } : {}) }
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id)
    if (payload?.accountId === undefined) return payload
    const request = Provider.ctx?.req
    const browser = request === undefined ? null : await this.#browserSession(request)
    return browser?.sessionId === payload.uid && browser?.userid === payload.accountId ? payload : undefined
  }
}
