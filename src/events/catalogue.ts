import * as client from './client.ts'
import * as credential from './credential.ts'
import type { AnyEventDefinition, DataOf } from './definition.ts'
import * as key from './key.ts'
import * as log from './log.ts'
import * as magicLink from './magic-link.ts'
import * as session from './session.ts'
import * as user from './user.ts'

/** Every event type that is written today, at its current version. */
export const CURRENT_EVENTS = [
  user.UserRegistered,
  user.UserProfileChanged,
  user.UsernameChanged,
  user.UserEmailChanged,
  user.UserEmailVerified,
  user.UserGroupsChanged,
  user.UserActivated,
  user.UserDeactivated,
  user.UserErased,
  credential.PasskeyRegistered,
  credential.PasskeyRenamed,
  credential.PasskeyUsed,
  credential.PasskeyCounterRegressed,
  credential.PasskeyRemoved,
  credential.PasswordSet,
  credential.PasswordRehashed,
  credential.PasswordRemoved,
  magicLink.MagicLinkIssued,
  magicLink.MagicLinkUsed,
  magicLink.MagicLinkRevoked,
  magicLink.MagicLinkPurged,
  client.ClientRegistered,
  client.ClientChanged,
  client.ClientSecretRotated,
  client.ClientRemoved,
  client.ClientSecretFailuresCounted,
  session.SignInSucceeded,
  session.SignInFailuresCounted,
  session.SignInThrottled,
  session.SessionEnded,
  session.TokenReuseDetected,
  key.SigningKeyCreated,
  key.SigningKeyActivated,
  key.SigningKeyRetired,
  log.LogRestored,
  log.LossAccepted,
  log.RelyingPartyIdChanged,
] as const

/** Versions that old logs hold and that are only read, each with the step to the next version. */
export const PAST_EVENTS = [
  {
    definition: user.UserProfileChangedV1,
    upcast: (data: DataOf<typeof user.UserProfileChangedV1>): DataOf<typeof user.UserProfileChanged> => ({
      userid: data.userid,
      changes: Object.fromEntries(
        Object.entries(data.values).map(([field, after]) => [field, { before: null, after }]),
      ),
    }),
  },
  {
    definition: credential.PasskeyRegisteredV1,
    upcast: (
      data: DataOf<typeof credential.PasskeyRegisteredV1>,
    ): DataOf<typeof credential.PasskeyRegistered> => ({
      ...data,
      set_by: null,
    }),
  },
  {
    definition: credential.PasswordSetV1,
    upcast: (data: DataOf<typeof credential.PasswordSetV1>): DataOf<typeof credential.PasswordSet> => ({
      ...data,
      set_by: null,
    }),
  },
  {
    definition: magicLink.MagicLinkIssuedV1,
    upcast: (data: DataOf<typeof magicLink.MagicLinkIssuedV1>): DataOf<typeof magicLink.MagicLinkIssued> => ({
      ...data,
      email: null,
      browser_hash: null,
    }),
  },
] as const

type Definition = (typeof CURRENT_EVENTS)[number]

/** The name of an event type that is written today. */
export type EventType = Definition['type']

/** The data of the event type `T`. */
export type EventData<T extends EventType> = DataOf<Extract<Definition, { type: T }>>

const current = new Map<string, AnyEventDefinition>(
  CURRENT_EVENTS.map((definition) => [definition.type, definition]),
)
const past = new Map<string, { definition: AnyEventDefinition; upcast: (data: never) => unknown }>(
  PAST_EVENTS.map((entry) => [`${entry.definition.type}@${entry.definition.version}`, entry]),
)

/** Finds the current definition of an event type, or `undefined` for a type this program does not know. */
export function currentDefinition(type: string): AnyEventDefinition | undefined {
  return current.get(type)
}

/** Converts stored data of an older version to the current one, step by step. */
export function upcast(type: string, version: number, data: unknown): unknown {
  const definition = current.get(type)
  let reached = version
  let result = data
  while (definition && reached < definition.version) {
    const step = past.get(`${type}@${reached}`)
    if (!step) throw new Error(`No upcast from ${type}@${reached}`)
    result = step.upcast(result as never)
    reached += 1
  }
  return result
}
