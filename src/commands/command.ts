import type { Actor, Origin } from '../events/envelope.ts'
import { newId } from '../kernel/ids.ts'
import type { CommandInput, CommandType } from './catalogue.ts'
import type { CommandEnvelope } from './definition.ts'

/** The origin of a command that no request asked for. */
export const NO_ORIGIN: Origin = Object.freeze({
  client: null,
  request: null,
  session: null,
  flow: null,
  correlation: null,
  causation: null,
})

/** The service itself as the actor. */
export const SYSTEM_ACTOR: Actor = Object.freeze({ kind: 'system', id: 'system' })

/** Makes a command with a new id, ready to be submitted. */
export function command<T extends CommandType>(
  type: T,
  input: CommandInput<T>,
  actor: Actor,
  origin: Origin = NO_ORIGIN,
): CommandEnvelope<T, CommandInput<T>> {
  return { id: newId(), type, input, actor, origin }
}
