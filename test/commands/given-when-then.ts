import { expect } from 'vitest'
import { type CommandInput, type CommandType, commandDefinition } from '../../src/commands/catalogue.ts'
import { NO_ORIGIN } from '../../src/commands/command.ts'
import type { DecideContext, Decision, Outcome } from '../../src/commands/definition.ts'
import { checkCommand, decideCommand, placeEvent, type UncheckedCommand } from '../../src/engine/decide.ts'
import { currentDefinition } from '../../src/events/catalogue.ts'
import type { Actor, NewEvent, RecordedEvent } from '../../src/events/envelope.ts'
import { cipherKey } from '../../src/events/sealing.ts'
import { DuplicateError, Refusal, type RefusalCode } from '../../src/kernel/refusal.ts'
import { createProjector } from '../../src/projections/projector.ts'
import { createViews } from '../../src/projections/views.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'

/** When the given events happened, and, half a day later, when the command is decided by default. */
export const BEFORE = '2030-01-01T00:00:00.000Z'
export const NOW = '2030-01-01T12:00:00.000Z'

export const ADMINISTRATOR: Actor = { kind: 'user', id: 'admin-admin' }

const KEY = cipherKey(new Uint8Array(32))

interface Circumstances {
  actor?: Actor
  now?: string
}

/** What was decided on a command: put to the test by exactly one of the two methods. */
export interface Decided {
  /** Expects exactly these events in this order, and exactly this outcome if one is named. */
  then(events: readonly NewEvent[], outcome?: Outcome): void
  /** Expects a refusal with this code; for a taken key, also which key it is. */
  thenRefused(code: RefusalCode, key?: string): void
}

/** Folds the given events with the real projections, then decides on a command in the state they leave. */
export function given(events: readonly NewEvent[]) {
  const world = openWorld()
  world.fold(events, 'given', BEFORE)
  return {
    when<T extends CommandType>(type: T, input: CommandInput<T>, circumstances: Circumstances = {}): Decided {
      return decided(world, commandOf(type, input, circumstances), circumstances.now ?? NOW)
    },
    /** Decides on an input that the types would not let pass. */
    whenUnchecked(type: string, input: unknown, circumstances: Circumstances = {}): Decided {
      return decided(world, commandOf(type, input, circumstances), circumstances.now ?? NOW)
    },
  }
}

function commandOf(type: string, input: unknown, { actor = ADMINISTRATOR }: Circumstances): UncheckedCommand {
  return { id: '01900000-0000-7000-8000-000000000000', type, input, actor, origin: NO_ORIGIN }
}

type World = ReturnType<typeof openWorld>

function openWorld() {
  const sql = emptyReadModels()
  const views = createViews(sql)
  const projector = createProjector(sql)
  const writes = sql.prepare('SELECT total_changes()').pluck(true)
  const { newId } = deterministic()
  let sequence = 0
  return {
    views,
    writes: () => writes.get() as number,
    /** Takes events into the read models, and answers how many subjects they opened. */
    fold(events: readonly NewEvent[], type: string, now: string): number {
      let opened = 0
      const takeKey = () => {
        opened += 1
        return { id: newId(), key: KEY }
      }
      for (const event of events) {
        sequence += 1
        const place = { sequence, position: 1, now, newId, takeKey }
        const { header } = placeEvent(views, event, commandOf(type, {}, {}), place)
        projector.apply({ ...header, erased: false, ...event } as RecordedEvent)
      }
      return opened
    },
  }
}

/** Ids that count up and bytes that all are 7: the same in every run. */
function deterministic(): Pick<DecideContext, 'newId' | 'random'> {
  let count = 0
  return {
    newId: () => `01900000-0000-7000-9000-${String(++count).padStart(12, '0')}`,
    random: (length) => new Uint8Array(length).fill(7),
  }
}

type Verdict = { decision: Decision<Outcome> } | { refusal: Refusal }

function decided(world: World, command: UncheckedCommand, now: string): Decided {
  const decide = (): Verdict => {
    const input = structuredClone(command.input)
    try {
      const context = { now, actor: command.actor, ...deterministic() }
      return { decision: decideCommand(world.views, checkCommand({ ...command, input }), context) }
    } catch (error) {
      if (error instanceof Refusal) return { refusal: error }
      throw error
    } finally {
      expect(input, 'decide changed its input').toStrictEqual(command.input)
    }
  }
  const before = world.writes()
  const verdict = decide()
  expect(comparable(decide()), 'decide is not deterministic').toStrictEqual(comparable(verdict))
  expect(world.writes(), 'decide wrote to the read model').toBe(before)
  return {
    // biome-ignore lint/suspicious/noThenProperty: the word of given, when, then; nobody awaits this
    then(events, outcome) {
      if ('refusal' in verdict) throw verdict.refusal
      expect(verdict.decision.events).toStrictEqual(events)
      if (outcome !== undefined) expect(verdict.decision.outcome).toStrictEqual(outcome)
      expect(JSON.parse(JSON.stringify(verdict.decision)), 'not JSON only').toStrictEqual(verdict.decision)
      for (const event of verdict.decision.events) {
        const definition = currentDefinition(event.type)
        if (!definition) throw new Error(`${event.type} is not in the catalogue`)
        definition.data.parse(event.data)
      }
      const opened = world.fold(verdict.decision.events, command.type, now)
      // The engine has one fresh key at hand for a command that may open a subject, and none for others.
      expect(opened).toBeLessThanOrEqual(commandDefinition(command.type)?.opensSubject ? 1 : 0)
    },
    thenRefused(code, key) {
      expect(comparable(verdict)).toMatchObject({ code })
      if (key !== undefined) expect(comparable(verdict)).toMatchObject({ key })
    },
  }
}

function comparable(verdict: Verdict) {
  if ('decision' in verdict) return verdict.decision
  const { refusal } = verdict
  return {
    code: refusal.code,
    message: refusal.message,
    key: refusal instanceof DuplicateError ? refusal.key : null,
  }
}
