import { z } from 'zod'
import { userid } from '../../events/fields.ts'
import { defineCommand } from '../definition.ts'
import { requireUser } from '../users/require-user.ts'
import { addPasskey } from './adding-credentials.ts'
import { requireNoCredential, setterOf } from './credential-setter.ts'
import { passkeyFields } from './passkey-fields.ts'

/** Adds a passkey whose registration was verified. No user may have a passkey with its id. */
export const registerPasskey = defineCommand({
  type: 'register-passkey',
  schema: z.strictObject({
    userid,
    ...passkeyFields,
    /** Whether the account must have no credential yet; `proof_needed` otherwise. */
    first: z.boolean().default(false),
  }),
  decide: (views, { userid, first, ...passkey }, { actor }) => {
    requireUser(views, userid)
    if (first) requireNoCredential(views, userid)
    return {
      events: [addPasskey(views, userid, passkey, setterOf(views, userid, actor))],
      outcome: { userid },
    }
  },
})
