import type { z } from 'zod'
import type { Actor, NewEvent, Origin } from '../events/envelope.ts'
import type { Views } from '../projections/views.ts'

/** A JSON object of ids: the answer of a command, and of every repetition of it. */
export type Outcome = Record<string, string | number | boolean | null>

/** What `decide` may use beside the state and the command; it uses nothing else. */
export interface DecideContext {
  /** The time of the decision, ISO 8601 UTC. */
  now: string
  actor: Actor
  newId(): string
  random(length: number): Uint8Array
}

/** The result of a command. No events means that nothing had to change. */
export interface Decision<O extends Outcome> {
  events: NewEvent[]
  outcome: O
}

/** A command: its input, and the pure function that decides on it. */
export interface CommandDefinition<Type extends string, Schema extends z.ZodType, O extends Outcome> {
  readonly type: Type
  readonly schema: Schema
  /** Whether it may open a subject and so needs a fresh key. A command opens one subject at most. */
  readonly opensSubject?: boolean
  /** Decides on exactly the state before the command. @throws Refusal when it decides against it. */
  readonly decide: (views: Views, input: z.output<Schema>, context: DecideContext) => Decision<O>
}

/** Declares a command from its input schema and its decision. */
export function defineCommand<Type extends string, Schema extends z.ZodType, O extends Outcome>(
  definition: CommandDefinition<Type, Schema, O>,
): CommandDefinition<Type, Schema, O> {
  return definition
}

/** A command as it is submitted: plain data that can cross threads. */
export interface CommandEnvelope<Type extends string, Input> {
  /** The same id is carried out at most once and always gets the same answer. */
  id: string
  type: Type
  input: Input
  actor: Actor
  origin: Origin
}

/** The place of a command's commit in the log, and the command's answer. */
export interface Answer<O extends Outcome = Outcome> {
  position: number
  /** The last event of its commit: a reader that has reached it sees the effects. */
  sequence: number
  outcome: O
}
