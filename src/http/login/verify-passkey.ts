import type { FastifyRequest } from 'fastify'
import type { StoredCredential } from '../../authn/webauthn-authentication.ts'
import { CounterRegressed, credentialRejected } from '../../authn/webauthn-refusal.ts'
import type { WebAuthnService } from '../../authn/webauthn-service.ts'
import type { CommandGateway } from '../../commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../commands/command.ts'
import type { Views } from '../../projections/views.ts'
import { originOf } from '../request/event-origin.ts'

/** What checking a passkey needs. */
export interface PasskeyCheckDeps {
  passkeys: WebAuthnService
  views: Views
  commands: CommandGateway
}

/**
 * Finishes a passkey ceremony of a browser; answers the active user whom it proves, and records the use.
 *
 * @throws Refusal `credential_rejected`, `counter_regressed` (which is recorded too).
 */
export async function verifyPasskey(
  request: FastifyRequest,
  { session, response }: { session: string; response: unknown },
  { passkeys, views, commands }: PasskeyCheckDeps,
): Promise<{ userid: string }> {
  let userid: string | null = null
  const origin = originOf(null, request.id)
  const lookup = async (credentialId: string): Promise<StoredCredential | null> => {
    const found = storedPasskey(views, credentialId)
    userid = found?.userid ?? null
    return found
  }
  try {
    const facts = await passkeys.verifyAuthentication({ session, response, lookup })
    if (userid === null || !views.users.byUserid(userid)?.active) throw credentialRejected()
    const use = {
      userid,
      credential_id: facts.credential_id,
      sign_count: facts.new_sign_count,
      backup_state: facts.backup_state,
    }
    await commands.submit(command('record-passkey-use', use, { kind: 'user', id: userid }, origin))
    return { userid }
  } catch (error) {
    if (error instanceof CounterRegressed && userid !== null) {
      const facts = { userid, credential_id: error.credentialId, reported_count: error.reportedCount }
      await commands.submit(command('flag-passkey', facts, SYSTEM_ACTOR, origin))
    }
    throw error
  }
}

function storedPasskey(views: Views, credentialId: string): (StoredCredential & { userid: string }) | null {
  const passkey = views.credentials.passkeyById(Buffer.from(credentialId, 'base64url'))
  if (passkey === null) return null
  const user_handle = views.users.webauthnUserId(passkey.user_id)
  if (user_handle === null) return null
  return {
    userid: passkey.user_id,
    user_handle,
    public_key: Buffer.from(passkey.public_key).toString('base64url'),
    sign_count: passkey.sign_count,
    backup_eligible: passkey.backup_eligible,
  }
}
