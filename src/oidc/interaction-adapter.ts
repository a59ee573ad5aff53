import type { AdapterPayload } from 'oidc-provider'
import { DocumentAdapter } from './document-adapter.ts'

/**
 * Keeps interactions. Their payload repeats two secrets of the browser: the interaction's own id at the end of
 * the address that it returns to, and the cookie of the session; neither is stored.
 */
export class InteractionAdapter extends DocumentAdapter {
  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
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
}
