/** The group whose members administer the service. */
export const ADMIN_GROUP = 'admin'

/** The scope that a token needs to administer the service. */
export const ADMIN_SCOPE = 'admin'

/** Tells whether a user administers the service: is active, and a member of the group. */
export function isAdministrator(user: { active: boolean; groups: readonly string[] }): boolean {
  return user.active && user.groups.includes(ADMIN_GROUP)
}
