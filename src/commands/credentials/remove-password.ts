import { z } from 'zod'
import { userid } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { revokeLinksOfUser } from '../magic-links/revoking-links.ts'
import { ofUser } from '../subjects.ts'
import { requireUser } from '../users/require-user.ts'

/** Removes the password of an account that has a passkey, and revokes the user's links as any change of it does. */
export const removePassword = defineCommand({
  type: 'remove-password',
  schema: z.strictObject({ userid }),
  decide: (views, { userid }, context) => {
    requireUser(views, userid)
    if (!views.credentials.passwordOf(userid)) throw new Refusal('not_found', 'This user has no password')
    if (views.credentials.countPasskeys(userid) === 0) {
      throw new Refusal('last_credential', 'The password is the only way in; add a passkey first')
    }
    return {
      events: [
        { type: 'PasswordRemoved', ...ofUser(userid), data: { userid } },
        ...revokeLinksOfUser(views, userid, { reason: 'credential_changed', now: context.now }),
      ],
      outcome: { userid },
    }
  },
})
