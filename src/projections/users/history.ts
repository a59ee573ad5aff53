import type { EventType } from '../../events/catalogue.ts'
import type { RecordedEvent } from '../../events/envelope.ts'
import type { SqlConnection } from '../../kernel/sql.ts'
import { createProjector } from '../projector.ts'
import { userQueries } from './queries.ts'
import type { User } from './user.ts'

/** The events that make up what a user is. */
export const USER_STATE_EVENTS: readonly EventType[] = [
  'UserRegistered',
  'UserProfileChanged',
  'UsernameChanged',
  'UserEmailChanged',
  'UserEmailVerified',
  'UserGroupsChanged',
  'UserActivated',
  'UserDeactivated',
  'UserErased',
]

/** Empty read model tables that nobody else sees. */
export interface ScratchReadModel {
  sql: SqlConnection
  close(): void
}

/**
 * Tells what a user was after the given events: the same projection that writes the read model is run over
 * them. `null` when there was none yet, or when the person is erased since.
 */
export function userAfter(
  scratch: ScratchReadModel,
  userid: string,
  events: readonly RecordedEvent[],
): User | null {
  const projector = createProjector(scratch.sql)
  for (const event of events) projector.apply(event)
  return userQueries(scratch.sql).byUserid(userid)
}
