import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { DocumentIndex, DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pendingWrites } from './pending-writes.ts'

/** What every adapter uses. */
export interface AdapterDeps {
  documents: DocumentStore
  clock: Clock
}

/** Names the document kind of one of oidc-provider's models. */
export const documentKind = (model: string) => `oidc:${model}`

/**
 * Stores one of oidc-provider's models as documents. The id of a model is the secret that its holder presents, so it is
 * only the key, which is stored as a hash, and never part of the payload.
 */
export class DocumentAdapter implements Adapter {
  protected readonly kind: string
  protected readonly deps: AdapterDeps

  constructor(model: string, deps: AdapterDeps) {
    this.kind = documentKind(model)
    this.deps = deps
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const end = this.end(expiresIn)
    await later(this.deps.documents.upsert(this.kind, id, withoutId(payload), end, this.indexOf(payload)))
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const document = await this.deps.documents.find(this.kind, id)
    return document === null ? undefined : { ...(document.payload as AdapterPayload), jti: id }
  }

  /** Finds by the second key. The id is not known then: the result can be read, not saved. */
  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const document = await this.deps.documents.findByUid(this.kind, uid)
    return document === null ? undefined : (document.payload as AdapterPayload)
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.findByUid(userCode)
  }

  /** Marks as used. oidc-provider reads before it writes; of several requests that read in time, one succeeds here. */
  async consume(id: string): Promise<void> {
    if (!(await this.deps.documents.consume(this.kind, id))) throw new errors.InvalidGrant('already used')
  }

  async destroy(id: string): Promise<void> {
    await later(this.deps.documents.remove(this.kind, id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.deps.documents.revokeByGrant(grantId)
  }

  /** Returns the other keys by which a model is found and revoked, and whether it is anonymous. */
  protected indexOf(payload: AdapterPayload): DocumentIndex {
    return indexOf(payload)
  }

  /** Turns a lifetime in seconds into the millisecond of its end. */
  protected end(expiresIn: number | undefined): number {
    if (expiresIn === undefined) throw new TypeError(`An ${this.kind} must end some time`)
    return this.deps.clock() + expiresIn * 1000
  }
}

/** Stores what may be presented only once: of several requests with the same value, the first one succeeds. */
export class OnceAdapter extends DocumentAdapter {
  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { documents } = this.deps
    if (!(await documents.insertOnce(this.kind, id, withoutId(payload), this.end(expiresIn)))) {
      throw new errors.InvalidGrant('presented before')
    }
  }
}

/** Waits for a write at the end of the current request; outside of a request, here. */
async function later(write: Promise<unknown>): Promise<void> {
  const writes = pendingWrites()
  if (writes === null) await write
  else writes.add(write)
}

/** Fails the current request as if a write had failed. */
export function refuseWrite(fault: unknown): Promise<void> {
  return later(Promise.reject(fault))
}

export function withoutId({ jti: _, ...payload }: AdapterPayload): AdapterPayload {
  return payload
}

/** Returns the other keys by which a model is found and revoked. */
export function indexOf({ accountId, grantId, uid, userCode }: AdapterPayload): DocumentIndex {
  const second = uid ?? userCode
  return {
    ...(accountId === undefined ? {} : { account: accountId }),
    ...(grantId === undefined ? {} : { grant: grantId }),
    ...(second === undefined ? {} : { uid: second }),
  }
}
