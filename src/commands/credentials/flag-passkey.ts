import { z } from 'zod'
import { PasskeyCounterRegressed } from '../../events/credential.ts'
import { userid } from '../../events/fields.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { credentialId } from './passkey-fields.ts'
import { requirePasskey } from './require-passkey.ts'

/** Records that a passkey signed correctly with a counter that did not rise: it may have been copied. */
export const flagPasskey = defineCommand({
  type: 'flag-passkey',
  schema: z.strictObject({
    userid,
    credential_id: credentialId,
    reported_count: PasskeyCounterRegressed.open.shape.reported_count,
  }),
  decide: (views, input) => {
    const { userid, credential_id } = input
    const stored_count = requirePasskey(views, userid, credential_id).sign_count
    return {
      events: [{ type: 'PasskeyCounterRegressed', ...ofUser(userid), data: { ...input, stored_count } }],
      outcome: { userid },
    }
  },
})
