import { z } from 'zod'
import { PasskeyUsed } from '../../events/credential.ts'
import { userid } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { credentialId } from './passkey-fields.ts'
import { requirePasskey } from './require-passkey.ts'

/** Records that a passkey proved its user. @throws Refusal `counter_regressed` when the counter did not rise. */
export const recordPasskeyUse = defineCommand({
  type: 'record-passkey-use',
  schema: z.strictObject({
    userid,
    credential_id: credentialId,
    sign_count: PasskeyUsed.open.shape.sign_count,
    backup_state: z.boolean(),
  }),
  decide: (views, input) => {
    const { userid, credential_id, sign_count } = input
    const stored = requirePasskey(views, userid, credential_id).sign_count
    // Authenticators without a counter always report zero (WebAuthn §6.1.1).
    const counts = stored !== 0 || sign_count !== 0
    if (counts && sign_count <= stored) {
      throw new Refusal('counter_regressed', 'This passkey may have been copied and was not accepted')
    }
    return {
      events: [{ type: 'PasskeyUsed', ...ofUser(userid), data: input }],
      outcome: { userid },
    }
  },
})
