import type { AdapterPayload } from 'oidc-provider'
import type { DocumentIndex } from '../../documents/port.ts'
import { type Bounds, interactionFault } from './bounded-models.ts'
import { type AdapterDeps, DocumentAdapter, refuseWrite } from './document-adapter.ts'

/**
 * Stores interactions. Their payload repeats two secrets of the browser: the interaction's own id at the end of
 * the address that it returns to, and the cookie of the session; neither is stored.
 */
export class InteractionAdapter extends DocumentAdapter {
  readonly #bounds: Bounds

  constructor(model: string, deps: AdapterDeps & Bounds) {
    super(model, deps)
    this.#bounds = deps
  }

  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const fault = await interactionFault(payload, this.#bounds)
    if (fault !== null) return refuseWrite(fault)
    const { returnTo, session, ...rest } = payload
    const { cookie: _, ...signedIn } = session ?? {}
    await super.upsert(
      id,
      {
        ...rest,
        ...(returnTo === undefined ? {} : { returnTo: returnTo.slice(0, -id.length) }),
        ...(session === undefined ? {} : { session: signedIn }),
      },
      expiresIn,
    )
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id)
    return payload?.returnTo === undefined ? payload : { ...payload, returnTo: payload.returnTo + id }
  }

  /** It is anonymous until a person has signed in, for this interaction or before. */
  protected override indexOf(payload: AdapterPayload): DocumentIndex {
    const isSomebodys = payload.session?.accountId !== undefined || payload.result?.login !== undefined
    return { ...super.indexOf(payload), ...(isSomebodys ? {} : { anonymous: true }) }
  }
}
