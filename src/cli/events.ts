import type { Command } from 'commander'
import { presentEvents } from '../http/admin/present-events.ts'
import type { AuditEvent } from '../projections/audit/present.ts'
import type { AuditFilter } from '../projections/audit/queries.ts'
import type { ReadOnlyStorage } from '../storage/read-only.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { collect, positiveNumber, time, verb, wholeNumber } from './console/options.ts'
import { printable, printableJson } from './console/printable.ts'

interface EventOptions extends CommonOptions, Partial<Omit<AuditFilter, 'types' | 'order'>> {
  type: string[]
}

/** How many events `list` shows by default, and how many are read at once. */
const LISTED = 100
const PAGE = 256

/** Adds the commands about the audit trail. */
export function eventCommands(program: Command, cli: Cli): void {
  const events = program.command('events').description('what happened, in the order of the log')

  filtered(verb(events, 'list', `list events, by default ${LISTED}`)).action((options: EventOptions) =>
    cli.reading(async (reader) => {
      const filter = { ...filterOf(options), limit: options.limit ?? LISTED }
      const found = await read(reader, filter)
      cli.list(options, [found.map((event) => (options.json ? { ...event } : inLine(event)))], COLUMNS)
    }),
  )

  filtered(verb(events, 'export', 'write every event as a line of JSON')).action((options: EventOptions) =>
    cli.reading(async (reader) => {
      for await (const page of pages(reader, options)) {
        for (const event of page) cli.line(printableJson(event))
      }
    }),
  )

  filtered(verb(events, 'tail', 'print events as they happen, until interrupted')).action(
    (options: EventOptions) =>
      cli.reading(async (reader) => {
        const after = options.after ?? reader.log.head().sequence
        await untilInterrupted(async (signal) => {
          for await (const page of pages(reader, { ...options, after }, signal)) {
            for (const event of page) cli.line(options.json ? printableJson(event) : asLine(event))
          }
        })
      }),
  )
}

function filtered(command: Command): Command {
  return command
    .option('--after <sequence>', 'only events after this one', wholeNumber)
    .option('--type <type>', 'only events of this type; may be repeated', collect, [])
    .option('--subject <id>', 'only events about this user, client, key or link')
    .option('--actor <id>', 'only events caused by this user or client')
    .option('--client <id>', 'only events that came through this client')
    .option('--from <time>', 'only events at or after this time', time)
    .option('--to <time>', 'only events before this time', time)
    .option('--limit <count>', 'at most so many events', positiveNumber)
}

function filterOf({ json, type, limit, ...filter }: EventOptions): Omit<AuditFilter, 'limit'> {
  return { ...filter, types: type }
}

async function read({ views, log, keys }: ReadOnlyStorage, filter: AuditFilter): Promise<AuditEvent[]> {
  return presentEvents(log.eventsAt(views.audit.find(filter)), { log, keys })
}

/** Reads matching events to the end of the log; with a signal, also later ones, until it aborts. */
async function* pages(
  reader: ReadOnlyStorage,
  options: EventOptions,
  signal?: AbortSignal,
): AsyncGenerator<AuditEvent[]> {
  const filter = filterOf(options)
  let after = options.after ?? 0
  let left = options.limit ?? Number.POSITIVE_INFINITY
  while (left > 0 && !signal?.aborted) {
    // Read before the page: an event that is appended between reading and waiting must end the waiting.
    const generation = reader.watch.generation
    const page = await read(reader, { ...filter, after, limit: Math.min(PAGE, left) })
    const last = page.at(-1)
    if (last) {
      after = last.sequence
      left -= page.length
      yield page
    } else if (signal) {
      await reader.watch.changed(generation, signal)
    } else {
      return
    }
  }
}

async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  // Waiting for the log does not keep the process alive.
  const alive = setInterval(() => undefined, 1 << 30)
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    await work(interruption.signal)
  } finally {
    clearInterval(alive)
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

const COLUMNS = ['sequence', 'at', 'type', 'subject', 'actor', 'data']

function inLine({ sequence, at, type, subject, actor, data }: AuditEvent) {
  return { sequence, at, type, subject, actor: `${actor.kind}:${actor.id}`, data }
}

function asLine(event: AuditEvent): string {
  const { sequence, at, type, subject, actor, data } = inLine(event)
  return printable(`${sequence}  ${at}  ${type}  ${subject ?? '-'}  ${actor}  ${JSON.stringify(data)}`)
}
