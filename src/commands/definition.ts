import type { z } from 'zod'
import type { Actor, NewEvent, Origin } from '../events/envelope.ts'
import type { Views } from '../projections/views.ts'

/** A JSON object of ids: what a command answers, and what a repetition of it answers again. */
export type Outcome = Record<string, string | number | boolean | null>

/** What `decide` may know beside the state and the command. Nothing else reaches it. */
export interface DecideContext {
  /** The time of the decision, ISO 8601 UTC. */
  now: string
  actor: Actor
  newId(): string
  random(length: number): Uint8Array
}

/** What a command comes to. No events means that everything was so already. */
export interface Decision<O extends Outcome> {
  events: NewEvent[]
  outcome: O
}

/** One thing that can be asked for: its input, and the pure function that decides on it. */
export interface CommandDefinition<Type extends string, Schema extends z.ZodType, O extends Outcome> {
  readonly type: Type
  readonly schema: Schema
  /** Whether it may open a subject, and so needs a fresh key at hand. At most one subject a command. */
  readonly opensSubject?: boolean
  /** Decides on exactly the state before the command. @throws Refusal when it is not to be. */
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

/** Where a carried-out command stands in the log, and what it answered. */
export interface Answer<O extends Outcome = Outcome> {
  position: number
  /** The last event of its commit; what a reader waits for to see its effects. */
  sequence: number
  outcome: O
}
