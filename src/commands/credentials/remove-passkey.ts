import { z } from 'zod'
import { userid } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { credentialId } from './passkey-fields.ts'
import { requirePasskey } from './require-passkey.ts'

/** Removes a passkey from an account that has another credential. */
export const removePasskey = defineCommand({
  type: 'remove-passkey',
  schema: z.strictObject({ userid, credential_id: credentialId }),
  decide: (views, { userid, credential_id }) => {
    const { device_name } = requirePasskey(views, userid, credential_id)
    if (views.credentials.countPasskeys(userid) === 1 && !views.credentials.passwordOf(userid)) {
      throw new Refusal(
        'last_credential',
        'This passkey is the only way in; add another one or a password first',
      )
    }
    return {
      events: [{ type: 'PasskeyRemoved', ...ofUser(userid), data: { userid, credential_id, device_name } }],
      outcome: { userid },
    }
  },
})
