import { type AdapterPayload, errors, Provider } from 'oidc-provider'
import { documentKind } from './document-adapter.ts'
import { pendingWrites } from './pending-writes.ts'
import { TokenAdapter, type TokenAdapterDeps } from './token-adapter.ts'
import type { TokenReuse } from './token-reuse.ts'

/** What the adapters of codes and refresh tokens stand on. */
export interface OneUseAdapterDeps extends TokenAdapterDeps {
  /** Told when a token is presented again by the client that it was issued to. */
  reused(reuse: TokenReuse): Promise<void>
}

/**
 * Keeps authorization codes and refresh tokens: each is good for one use. Whoever presents one for the second
 * time loses everything issued under the same grant, be it an hour later or in the same instant: of two who hold
 * the same token one is a thief, and nobody can tell which (RFC 9700 §2.2.2, §4.14.2).
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
    // At the token endpoint a used token has to pass every check as if it were fresh: it is `consume`, behind the
    // checks of client, grant, redirect URI and verifier, that decides who was first.
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
    // Whether it was the first is known when the write is done; until then the request goes on as if it were.
    // Nothing leaves before, and what a later one was given meanwhile is revoked with the rest.
    const writes = pendingWrites()
    if (writes === null) await judge(await consumed)
    else writes.add(consumed, judge)
  }

  async #revokeFamily(id: string): Promise<void> {
    const { documents } = this.deps
    const document = await documents.find(this.kind, id)
    const { grantId, accountId, clientId, sessionUid } = (document?.payload ?? {}) as AdapterPayload
    if (grantId === undefined) return
    // The grant first: without it nothing issued under it is good, also what the first one is getting just now.
    await documents.remove(documentKind('Grant'), grantId)
    await documents.revokeByGrant(grantId)
    if (accountId === undefined || clientId === undefined) return
    await this.#reused({ token: id, kind: this.#reportedKind, accountId, clientId, sessionUid })
  }
}
