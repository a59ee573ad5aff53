import { type AdapterPayload, Provider } from 'oidc-provider'
import type { OidcDeps } from './deps.ts'
import { DocumentAdapter } from './document-adapter.ts'

/**
 * Keeps oidc-provider's sessions, which count only while the browser session that they came of does: they carry
 * its id as their uid. When it has ended, or the browser has another by now, there is none.
 */
export class SessionAdapter extends DocumentAdapter {
  readonly #browserSession: OidcDeps['browserSession']

  constructor(model: string, deps: Pick<OidcDeps, 'documents' | 'clock' | 'browserSession'>) {
    super(model, deps)
    this.#browserSession = deps.browserSession
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id)
    if (payload?.accountId === undefined) return payload
    const request = Provider.ctx?.req
    const browser = request === undefined ? null : await this.#browserSession(request)
    return browser?.sessionId === payload.uid && browser?.userid === payload.accountId ? payload : undefined
  }
}
