import { commandDefinition } from '../commands/catalogue.ts'
import type { CommandEnvelope, DecideContext, Decision, Outcome } from '../commands/definition.ts'
import { currentDefinition } from '../events/catalogue.ts'
import type { EventHeader, NewEvent } from '../events/envelope.ts'
import { fieldName, requireInput } from '../kernel/input.ts'
import { Refusal } from '../kernel/refusal.ts'
import { findHidden } from '../kernel/visible-text.ts'
import type { FreshKey } from '../log/keys/key-stock.ts'
import type { Views } from '../projections/views.ts'

/** A command as it arrives: its type and input are not checked yet. */
export type UncheckedCommand = CommandEnvelope<string, unknown>

/** A command whose input matches its schema. */
export type CheckedCommand = UncheckedCommand & { checked: true }

/** A new event with its place in the log, and a key of its own when it opens a subject. */
export interface PlacedEvent {
  header: EventHeader
  event: NewEvent
  freshKey: FreshKey | null
}

/**
 * Checks a command's input and fills in the defaults. No text in it may hide characters, in whatever field: everything
 * that is ever stored passes here.
 *
 * @throws Refusal `invalid_input`.
 */
export function checkCommand(command: UncheckedCommand): CheckedCommand {
  const input = requireInput(definitionOf(command).schema, command.input)
  const hidden = findHidden(input)
  if (hidden) {
    throw new Refusal(
      'invalid_input',
      `${fieldName(hidden)} must not contain control or invisible characters`,
    )
  }
  return { ...command, input, checked: true }
}

/** Decides a command. @throws Refusal when its `decide` function refuses. */
export function decideCommand(
  views: Views,
  command: CheckedCommand,
  context: DecideContext,
): Decision<Outcome> {
  return definitionOf(command).decide(views, command.input, context)
}

function definitionOf({ type }: UncheckedCommand) {
  const definition = commandDefinition(type)
  if (!definition) throw new Refusal('invalid_input', `There is no command ${type}`)
  return definition
}

/** Gives an event its place: its number in the log and in its stream, and the key that seals it. */
export function placeEvent(
  views: Views,
  event: NewEvent,
  command: UncheckedCommand,
  place: { sequence: number; position: number; now: string; newId(): string; takeKey(): FreshKey },
): PlacedEvent {
  const definition = currentDefinition(event.type)
  if (!definition) throw new Error(`Event type ${event.type} is not in the catalogue`)
  definition.data.parse(event.data)
  const stream = views.streams.get(event.stream)
  // A client chooses its own id, which may be registered again after its key was lost.
  const opensAgain = stream?.closed === true && event.type === 'ClientRegistered'
  if (stream?.closed && !opensAgain) throw new Refusal('not_found', 'This subject was erased')
  const opens = definition.sealed && (!stream?.key_id || opensAgain)
  if (opens && !definition.opensSubject) throw new Error(`${event.type} needs a subject that is not open yet`)
  const freshKey = opens ? place.takeKey() : null
  return {
    event,
    freshKey,
    header: {
      sequence: place.sequence,
      position: place.position,
      id: place.newId(),
      stream: event.stream,
      version: (stream?.version ?? 0) + 1,
      type: event.type,
      schema_version: definition.version,
      time: place.now,
      actor_kind: command.actor.kind,
      actor_id: command.actor.id,
      subject: event.subject,
      ...command.origin,
      command: command.id,
      key_id: definition.sealed ? (freshKey?.id ?? stream?.key_id ?? null) : null,
    },
  }
}
