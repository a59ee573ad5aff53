import { z } from 'zod'
import type { NewEvent } from '../../events/envelope.ts'
import { email, groups, userid, username } from '../../events/fields.ts'
import { profile } from '../../events/profile.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'
import { defineCommand } from '../definition.ts'
import { revokeLinksOfUser } from '../magic-links/revoking-links.ts'
import { endSessionsOfUser } from '../sessions/ending-sessions.ts'
import { ofUser } from '../subjects.ts'
import { changeEmail } from './changing-email.ts'
import { changeProfile } from './changing-profile.ts'
import { protectLastAdministrator } from './last-administrator.ts'
import { requireUser } from './require-user.ts'

/**
 * Changes a user in the given fields that differ. A changed name or address revokes the links that were sent under the
 * old one; a deactivated user also loses every session.
 */
export const changeUser = defineCommand({
  type: 'change-user',
  schema: z.strictObject({
    userid,
    changes: z
      .strictObject({
        username,
        email: email.nullable(),
        email_verified: z.boolean(),
        groups,
        active: z.boolean(),
        ...profile,
      })
      .partial(),
  }),
  decide: (views, input, context) => {
    const user = requireUser(views, input.userid)
    const { username, email, email_verified, groups, active, ...profileChanges } = input.changes
    const membership = groups ? [...new Set(groups)].sort() : user.groups
    const willBeActive = active ?? user.active
    protectLastAdministrator(views, user, { active: willBeActive, groups: membership })

    const names = changeUsername(views, user, username)
    const addresses = changeEmail(views, user, { email, email_verified })
    const deactivated = user.active && !willBeActive
    const voided = names.length > 0 || addresses.some((event) => event.type === 'UserEmailChanged')
    const events: NewEvent[] = [
      ...changeProfile(user, profileChanges),
      ...names,
      ...addresses,
      ...changeGroups(user, membership),
      ...changeActive(user, willBeActive),
    ]
    if (deactivated || voided) {
      const reason = deactivated ? 'user_deactivated' : 'credential_changed'
      events.push(...revokeLinksOfUser(views, user.userid, { reason, now: context.now }))
    }
    if (deactivated) {
      events.push(...endSessionsOfUser(views, user.userid, { reason: 'user_deactivated' }))
    }
    return { events, outcome: { userid: user.userid } }
  },
})

function changeUsername(views: Views, user: User, wanted: string | undefined): NewEvent[] {
  if (wanted === undefined || wanted === user.username) return []
  const holder = views.users.holderOfUsername(wanted)
  if (holder !== null && holder !== user.userid) throw new DuplicateError('username')
  const data = { userid: user.userid, username: { before: user.username, after: wanted } }
  return [{ type: 'UsernameChanged', ...ofUser(user.userid), data }]
}

function changeGroups(user: User, after: string[]): NewEvent[] {
  const before = user.groups
  if (before.length === after.length && before.every((group) => after.includes(group))) return []
  const data = { userid: user.userid, groups: { before, after } }
  return [{ type: 'UserGroupsChanged', ...ofUser(user.userid), data }]
}

function changeActive({ userid, active }: User, after: boolean): NewEvent[] {
  if (after === active) return []
  return [{ type: after ? 'UserActivated' : 'UserDeactivated', ...ofUser(userid), data: { userid } }]
}
