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

/** What the command line stands on: the world around the process, so that a test can be one. */
export interface World {
  env: Environment
  readFile(path: string): string
  stdin: AsyncIterable<Uint8Array | string>
  stdout: { write(text: string): unknown; isTTY?: boolean }
  stderr: { write(text: string): unknown }
  /** Who is at the keyboard. */
  userName: string
}

/** The options that every command has. */
export interface CommonOptions {
  json?: true
}

/** What the commands of every noun are built upon. */
export class Cli {
  readonly world: World
  /** How the process ends when nothing is thrown: a check that found a fault says so here. */
  exitCode = 0
  #settings: Settings | null = null

  constructor(world: World) {
    this.world = world
  }

  get settings(): Settings {
    this.#settings ??= readSettings(this.world.env, this.world.readFile)
    return this.#settings
  }

  /** Where the installation lies, whatever the back end. */
  get installation(): Installation {
    return installationFiles(this.settings)
  }

  /** The files of the `sqlite` back end, for what works on files. @throws StartRefused with another one. */
  get files(): InstallationFiles {
    const { mongodb, ...files } = this.installation
    if (mongodb) throw new StartRefused('This works on the files of the sqlite back end, and mongodb is set')
    return files
  }

  /** Whose name the events carry. */
  get actor(): Actor {
    return { kind: 'cli', id: this.world.userName }
  }

  /** Works on what is there without writing. */
  async reading<T>(work: (reader: ReadOnlyStorage) => T | Promise<T>): Promise<T> {
    const { installation } = this
    // What other nodes appended is known only to a node that follows them.
    if (installation.mongodb) return this.writing(async (storage) => work(storage))
    const reader = openReadOnly(installation)
    try {
      return await work(reader)
    } finally {
      await reader.close()
    }
  }

  /** Works with the store open for writing; the first use makes an installation. */
  async writing<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
    const storage = await openStorage(this.installation)
    try {
      return await work(storage)
    } finally {
      await storage.close()
    }
  }

  /** Has a command carried out in the name of whoever is at the keyboard. */
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

  /** Tells a fault that a check found: with JSON on the standard output, in words on the standard error. */
  fault(options: CommonOptions, value: Row, text: string): void {
    if (options.json) this.line(printableJson({ ok: false, ...value }, 2))
    else this.world.stderr.write(`${printable(text)}\n`)
  }

  /** Prints things as they come, a page at a time: as one JSON array, or as a table. */
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
