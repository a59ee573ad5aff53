import { command } from '../../commands/command.ts'
import { idOf } from '../../kernel/ids.ts'
import { tokenHash } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { OidcDeps } from '../deps.ts'

/** A code or refresh token that came a second time. */
export interface TokenReuse {
  token: string
  kind: 'authorization_code' | 'refresh_token'
  accountId: string
  clientId: string
  sessionUid: string | undefined
}

/**
 * Makes the function that records a reuse. The command's id comes of the token, so that twenty who bring the same
 * one at the same time are one event.
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
      // Of an erased person nothing is recorded any more.
      if (!(error instanceof Refusal && error.code === 'not_found')) throw error
    })
  }
}
