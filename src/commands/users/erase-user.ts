import { z } from 'zod'
import { userid } from '../../events/fields.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { protectLastAdministrator } from './last-administrator.ts'
import { requireUser } from './require-user.ts'

/** Erases a person: the account with everything on it, and every link that names the person. */
export const eraseUser = defineCommand({
  type: 'erase-user',
  schema: z.strictObject({ userid }),
  decide: (views, input) => {
    const { userid, username, ...user } = requireUser(views, input.userid)
    protectLastAdministrator(views, user, null)
    const data = { userid, link_ids: views.magicLinks.idsOfPerson(userid, username) }
    return { events: [{ type: 'UserErased', ...ofUser(userid), data }], outcome: { userid } }
  },
})
