import { type AdapterPayload, errors } from 'oidc-provider'
import { DocumentAdapter, withoutId } from './document-adapter.ts'

/** Keeps what may be presented once only: of many who bring the same, the first one's is written. */
export class OnceAdapter extends DocumentAdapter {
  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { documents } = this.deps
    if (!(await documents.insertOnce(this.kind, id, withoutId(payload), this.end(expiresIn)))) {
      throw new errors.InvalidGrant('presented before')
    }
  }
}
