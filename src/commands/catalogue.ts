import type { z } from 'zod'
import type { Answer, CommandDefinition, CommandEnvelope, Outcome } from './definition.ts'
import { registerUser } from './register-user.ts'

/** Every command there is. */
export const COMMANDS = [registerUser] as const

type Definition = (typeof COMMANDS)[number]

/** The name of a command. */
export type CommandType = Definition['type']

type DefinitionOf<T extends CommandType> = Extract<Definition, { type: T }>

/** The input of the command `T`, as a caller writes it. */
export type CommandInput<T extends CommandType> = z.input<DefinitionOf<T>['schema']>

/** The answer of the command `T`. */
export type CommandOutcomeOf<T extends CommandType> = ReturnType<DefinitionOf<T>['decide']>['outcome']

/** Any command, ready to be submitted. */
export type Command = { [T in CommandType]: CommandEnvelope<T, CommandInput<T>> }[CommandType]

/** Whoever carries out commands: the engine in this process, or the way to it. */
export interface CommandGateway {
  /** Carries out a command. @throws Refusal when it was decided against, or could not be written. */
  submit<T extends CommandType>(
    command: CommandEnvelope<T, CommandInput<T>>,
  ): Promise<Answer<CommandOutcomeOf<T>>>
}

type AnyCommand = CommandDefinition<string, z.ZodType, Outcome>
const byType: ReadonlyMap<string, AnyCommand> = new Map(COMMANDS.map((definition) => [definition.type, definition as AnyCommand]))

/** Finds a command by name, or `undefined`. */
export function commandDefinition(type: string): AnyCommand | undefined {
  return byType.get(type)
}
