import type { EventType } from '../../events/catalogue.ts'
import type { RecordedEvent } from '../../events/envelope.ts'
import type { SqlConnection } from '../../kernel/sql.ts'
import { createUndigestedProjector } from '../projector.ts'
import { users } from './project.ts'
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

/** The state of users after the events that were applied so far. */
export interface UserHistory {
  apply(event: RecordedEvent): void
  /** Reads a user; `null` when there was none yet, or when the person is erased since. */
  user(userid: string): User | null
}

/** Folds the past of a user: the projection that writes the read model is run over its events, in empty tables. */
export function foldUser({ sql }: ScratchReadModel): UserHistory {
  const projector = createUndigestedProjector(sql, [users])
  // Nobody else reads these tables: one transaction for all saves half of the work.
  sql.exec('BEGIN')
  return { apply: (event) => projector.apply(event), user: userQueries(sql).byUserid }
}
