import { audit } from './audit/project.ts'
import { clients } from './clients/project.ts'
import { credentials } from './credentials/project.ts'
import { magicLinks } from './magic-links/project.ts'
import type { ReadModel } from './read-model.ts'
import { relyingPartyIds } from './relying-party-ids/project.ts'
import { sessions } from './sessions/project.ts'
import { signingKeys } from './signing-keys/project.ts'
import { closings } from './streams/project.ts'
import { users } from './users/project.ts'

/** All read models, in the order in which they apply an event: tables that others refer to come first. */
export const READ_MODELS: readonly ReadModel[] = [
  audit,
  users,
  credentials,
  magicLinks,
  clients,
  sessions,
  signingKeys,
  closings,
  relyingPartyIds,
]

/** Every table that a fold of the log writes, with the columns that order it. */
export const READ_MODEL_TABLES: Readonly<Record<string, readonly string[]>> = Object.assign(
  {},
  ...READ_MODELS.map((model) => model.tables),
)

/** Every index that a fold of the log needs to be fast. */
export const READ_MODEL_INDEXES: readonly string[] = READ_MODELS.flatMap((model) => model.indexes ?? [])
