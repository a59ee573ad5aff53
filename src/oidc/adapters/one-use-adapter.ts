import { type AdapterPayload, errors, Provider } from 'oidc-provider'
import { documentKind } from './document-adapter.ts'
import { pendingWrites } from './pending-writes.ts'
import { TokenAdapter, type TokenAdapterDeps } from './token-adapter.ts'
import type { TokenReuse } from './token-reuse.ts'

/** What the adapters of codes and refresh tokens use. */
export interface OneUseAdapterDeps extends TokenAdapterDeps {
  /** Records that a token was presented again by the client that it was issued to. */
  reused(reuse: TokenReuse): Promise<void>
}

/**
 * Stores authorization codes and refresh tokens: each is valid for one use. A second use revokes everything issued
 * under the same grant, be it an hour later or in the same instant: of two holders of one token one is a thief, and it
 * is unknown which (RFC 9700 §2.2.2, §4.14.2).
 */
export class OneUseAdapter extends TokenAdapter {
  readonly #reportedKind: TokenReuse['kind']
  readonly #reused: OneUseAdapterDeps['reused']

  constructor(model: 'AuthorizationCode' | 'RefreshToken', deps: OneUseAdapterDeps) {
    super(model, deps)
    this.#reportedKind = model === 'RefreshToken' ? 'refresh_token' : 'authorization_code'
    this.#reused = deps.reused
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id)
    // At the token endpoint a used token passes the checks of client, grant, redirect URI and verifier like a fresh
    // one; after them `consume` decides which request was first.
    if (payload === undefined || Provider.ctx?.oidc.route === 'token') return payload
    const document = await this.deps.documents.find(this.kind, id)
    return document?.consumedAt ? { ...payload, consumed: Math.floor(document.consumedAt / 1000) } : payload
  }

  override async consume(id: string): Promise<void> {
    const consumed = this.deps.documents.consume(this.kind, id)
    const judge = async (won: unknown) => {
      if (won === true) return
      await this.#revokeFamily(id)
      throw new errors.InvalidGrant('already used')
    }
    // Whether it was the first is known when the write is done; until then the request continues as if it were. No
    // answer is sent before, and what a later request got in the meantime is revoked with the rest.
    const writes = pendingWrites()
    if (writes === null) await judge(await consumed)
    else writes.add(consumed, judge)
  }

  async #revokeFamily(id: string): Promise<void> {
    const { documents } = this.deps
    const document = await documents.find(this.kind, id)
    const { grantId, accountId, clientId, sessionUid } = (document?.payload ?? {}) as AdapterPayload
    if (grantId === undefined) return
    // The grant first: without it nothing issued under it is valid, also what the first request is about to get.
    await documents.remove(documentKind('Grant'), grantId)
    await documents.revokeByGrant(grantId)
    if (accountId === undefined || clientId === undefined) return
    await this.#reused({ token: id, kind: this.#reportedKind, accountId, clientId, sessionUid })
  }
}
