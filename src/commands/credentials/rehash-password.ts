import { z } from 'zod'
import { phc, userid } from '../../events/fields.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'

/**
 * Stores the same password under a hash of the current cost. Does nothing when the hash is no longer `previous_hash`: a
 * password that was changed meanwhile must not be restored.
 */
export const rehashPassword = defineCommand({
  type: 'rehash-password',
  schema: z.strictObject({ userid, password_hash: phc, previous_hash: phc }),
  decide: (views, { userid, password_hash, previous_hash }) => {
    const outcome = { userid }
    if (views.credentials.passwordOf(userid)?.password_hash !== previous_hash) return { events: [], outcome }
    return {
      events: [{ type: 'PasswordRehashed', ...ofUser(userid), data: { userid, password_hash } }],
      outcome,
    }
  },
})
