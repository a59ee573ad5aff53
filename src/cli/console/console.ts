import type { CommandGateway, CommandInput, CommandOutcomeOf, CommandType } from '../../commands/catalogue.ts'
import { command } from '../../commands/command.ts'
import type { Actor } from '../../events/envelope.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import type { Installation } from '../../log/installation.ts'
import type { InstallationFiles } from '../../log/sqlite/inspection.ts'
import { type Environment, readSettings, type Settings } from '../../settings/settings.ts'
import { installationFiles, openStorage } from '../../storage/open.ts'
import type { Storage } from '../../storage/port.ts'
import { openReadOnly, type ReadOnlyStorage } from '../../storage/read-only.ts'
import { printable, printableJson } from './printable.ts'
import { fields, type Row, table } from './table.ts'

/** The outside of the process, which tests replace. */
export interface World {
  env: Environment
  readFile(path: string): string
  stdin: AsyncIterable<Uint8Array | string>
  stdout: { write(text: string): unknown; isTTY?: boolean }
  stderr: { write(text: string): unknown }
  /** The operator's name. */
  userName: string
}

/** The options that every command has. */
export interface CommonOptions {
  json?: true
}

/** What the commands of every noun share: settings, storage, output and the exit code. */
export class Cli {
  readonly world: World
  /** The exit code when nothing is thrown; a check that finds a fault sets it. */
  exitCode = 0
  #settings: Settings | null = null

  constructor(world: World) {
    this.world = world
  }

  get settings(): Settings {
    this.#settings ??= readSettings(this.world.env, this.world.readFile)
    return this.#settings
  }

  /** Where the installation is, on either back end. */
  get installation(): Installation {
    return installationFiles(this.settings)
  }

  /** The files of the `sqlite` back end, for commands on files. @throws StartRefused with the other back end. */
  get files(): InstallationFiles {
    const { mongodb, ...files } = this.installation
    if (mongodb) throw new StartRefused('This works on the files of the sqlite back end, and mongodb is set')
    return files
  }

  /** The actor that the events record. */
  get actor(): Actor {
    return { kind: 'cli', id: this.world.userName }
  }

  /** Opens the installation for reading only, and runs the work. */
  async reading<T>(work: (reader: ReadOnlyStorage) => T | Promise<T>): Promise<T> {
    const { installation } = this
    // Only a node that follows the shared log knows what other nodes appended.
    if (installation.mongodb) return this.writing(async (storage) => work(storage))
    const reader = openReadOnly(installation)
    try {
      return await work(reader)
    } finally {
      await reader.close()
    }
  }

  /** Opens the installation for writing, and runs the work; the first use creates an installation. */
  async writing<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
    const storage = await openStorage(this.installation)
    try {
      return await work(storage)
    } finally {
      await storage.close()
    }
  }

  /** Submits a command with the operator as the actor. */
  async submit<T extends CommandType>(
    { commands }: { commands: CommandGateway },
    type: T,
    input: CommandInput<T>,
  ): Promise<CommandOutcomeOf<T>> {
    return (await commands.submit(command(type, input, this.actor))).outcome
  }

  line(text: string): void {
    this.world.stdout.write(`${text}\n`)
  }

  /** Prints one thing: as JSON, or with a line for each field. */
  one(options: CommonOptions, value: Row, text: () => string = () => fields(value)): void {
    this.line(options.json ? printableJson(value, 2) : text())
  }

  /** Prints a fault that a check found: as JSON on the standard output, or as text on the standard error. */
  fault(options: CommonOptions, value: Row, text: string): void {
    if (options.json) this.line(printableJson({ ok: false, ...value }, 2))
    else this.world.stderr.write(`${printable(text)}\n`)
  }

  /** Prints rows a page at a time: as one JSON array, or as a table. */
  list(options: CommonOptions, pages: Iterable<readonly Row[]>, columns: readonly string[]): void {
    let count = 0
    if (options.json) this.world.stdout.write('[')
    for (const rows of pages) {
      if (!options.json && rows.length > 0) this.line(table(rows, columns))
      if (options.json) for (const row of rows) this.#item(row, count++)
      else count += rows.length
    }
    if (options.json) this.line(count > 0 ? '\n]' : ']')
    else if (count === 0) this.line('none')
  }

  #item(row: Row, index: number): void {
    this.world.stdout.write(`${index > 0 ? ',' : ''}\n  ${printableJson(row)}`)
  }
}
