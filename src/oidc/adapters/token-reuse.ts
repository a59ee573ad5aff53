import { command } from '../../commands/command.ts'
import { idOf } from '../../kernel/ids.ts'
import { tokenHash } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { OidcDeps } from '../deps.ts'

/** A code or refresh token that was presented again. */
export interface TokenReuse {
  token: string
  kind: 'authorization_code' | 'refresh_token'
  accountId: string
  clientId: string
  sessionUid: string | undefined
}

/**
 * Makes the function that records a reuse. The command's id is derived from the token, so that twenty simultaneous
 * requests with the same one make one event.
 */
export function reuseReporter({ commands }: Pick<OidcDeps, 'commands'>, requestId: () => string | null) {
  return async ({ token, kind, accountId: userid, clientId, sessionUid }: TokenReuse): Promise<void> => {
    const origin = {
      client: clientId,
      request: requestId(),
      session: sessionUid ?? null,
      flow: null,
      correlation: requestId(),
      causation: null,
    }
    const report = command(
      'report-token-reuse',
      { userid, client_id: clientId, kind },
      { kind: 'client', id: clientId },
      origin,
    )
    const id = idOf(`report-token-reuse ${kind} ${tokenHash(token)}`)
    await commands.submit({ ...report, id }).catch((error: unknown) => {
      // Nothing is recorded of an erased person.
      if (!(error instanceof Refusal && error.code === 'not_found')) throw error
    })
  }
}
