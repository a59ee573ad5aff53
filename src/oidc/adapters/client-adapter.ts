import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Views } from '../../projections/views.ts'
import { noteRightsOf } from '../issued-at.ts'
import { clientMetadata } from './client-metadata.ts'

/** Reads clients from the read model, again for every request. Only commands write them. */
export class ClientAdapter implements Adapter {
  readonly #views: Views

  constructor({ views }: { views: Views }) {
    this.#views = views
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    noteRightsOf(this.#views)
    const client = this.#views.clients.byId(id)
    return client === null ? undefined : clientMetadata(client)
  }

  upsert = readOnly
  findByUserCode = readOnly
  findByUid = readOnly
  consume = readOnly
  destroy = readOnly
  revokeByGrantId = readOnly
}

async function readOnly(): Promise<never> {
  throw new Error('Clients are changed by commands, not by the provider')
}
