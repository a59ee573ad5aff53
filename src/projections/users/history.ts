import type { EventType } from '../../events/catalogue.ts'
import type { RecordedEvent } from '../../events/envelope.ts'
import type { SqlConnection } from '../../kernel/sql.ts'
import { createUndigestedProjector } from '../projector.ts'
import { users } from './project.ts'
import { userQueries } from './queries.ts'
import type { User } from './user.ts'

/** The events that make up the state of a user. */
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

/** Empty read model tables of their own connection. */
export interface ScratchReadModel {
  sql: SqlConnection
  close(): void
}

/** The state of users after the events that were applied so far. */
export interface UserHistory {
  apply(event: RecordedEvent): void
  /** Reads a user; `null` before the registration, and when the person is erased since. */
  user(userid: string): User | null
}

/** Folds the history of a user: runs the projection of the read model over its events, in empty tables. */
export function foldUser({ sql }: ScratchReadModel): UserHistory {
  const projector = createUndigestedProjector(sql, [users])
  // Nobody else reads these tables, so one transaction for all events saves half of the work.
  sql.exec('BEGIN')
  return { apply: (event) => projector.apply(event), user: userQueries(sql).byUserid }
}
