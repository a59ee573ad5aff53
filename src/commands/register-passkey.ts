import { z } from 'zod'
import { userid } from '../events/fields.ts'
import { addPasskey } from './adding-passkeys.ts'
import { defineCommand } from './definition.ts'
import { passkeyFields } from './passkey-fields.ts'
import { requireUser } from './require-user.ts'

/** Adds a passkey whose registration was verified. Its id must be nobody's, anywhere. */
export const registerPasskey = defineCommand({
  type: 'register-passkey',
  schema: z.strictObject({ userid, ...passkeyFields }),
  decide: (views, { userid, ...passkey }) => {
    requireUser(views, userid)
    return {
      events: [addPasskey(views, userid, passkey)],
      outcome: { userid },
    }
  },
})
