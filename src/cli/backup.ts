import type { Command } from 'commander'
import { isoTime, systemClock } from '../kernel/clock.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { writeBackup } from '../log/sqlite/backup.ts'
import { acceptDatabase } from '../maintenance/accept-database.ts'
import { restoreBackup } from '../maintenance/restore.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'

/** Adds `backup` and `restore`. */
export function backupCommands(program: Command, cli: Cli): void {
  verb(
    program,
    'backup <file>',
    'write the log and the keys into one file, also while the service runs',
  ).action((file: string, options: CommonOptions) => {
    refuseBackup(cli)
    const content = writeBackup(cli.files, file, isoTime(systemClock()))
    const kept = cli.settings.masterKey ? 'OIDC_OP_MASTER_KEY' : cli.files.masterKeyFile
    cli.one(
      options,
      { file, ...content, master_key_included: false },
      () =>
        `${file} holds the log up to event ${content.sequence}. The master key is not in it: keep ${kept} elsewhere`,
    )
  })

  verb(
    program,
    'restore [file]',
    'replace the installation by a backup and keep the old files under other names; on MongoDB, accept a restored database',
  )
    .option(
      '--accept-database',
      'on MongoDB: accept a database that was restored from a dump; begins an epoch and ends all sessions and tokens',
    )
    .action(async (file: string | undefined, options: RestoreOptions) => {
      if (cli.installation.mongodb) return accept(cli, file, options)
      if (options.acceptDatabase) throw new StartRefused('--accept-database is for the mongodb back end')
      if (file === undefined) throw new StartRefused('Name the backup: countersign restore FILE')
      const done = await restoreBackup(cli.files, file, cli.actor)
      const kept = done.kept.length > 0 ? `\nThe old files: ${done.kept.join(', ')}` : ''
      cli.one(
        options,
        { ...done },
        () => `Restored up to event ${done.sequence}; epoch ${done.epoch} begins${kept}`,
      )
    })
}

interface RestoreOptions extends CommonOptions {
  acceptDatabase?: true
}

/** Refuses a backup of MongoDB, which has its own tools. @throws StartRefused */
function refuseBackup({ installation }: Cli): void {
  if (!installation.mongodb) return
  const { database } = installation.mongodb
  throw new StartRefused(
    `The log is in MongoDB: back it up with \`mongodump --db ${database}\`, and then \`mongodump --db ${database}_keys\``,
  )
}

async function accept(cli: Cli, file: string | undefined, options: RestoreOptions): Promise<void> {
  const { mongodb } = cli.installation
  if (!mongodb || file !== undefined || !options.acceptDatabase) {
    throw new StartRefused(
      'The log is in MongoDB: stop all nodes, restore both databases with `mongorestore`, and run `countersign restore --accept-database`',
    )
  }
  const { log, epoch, position, sequence } = await acceptDatabase(cli.installation, mongodb, cli.actor)
  cli.one(
    options,
    { log, epoch, position, sequence },
    () => `The database is accepted up to event ${sequence}; epoch ${epoch} begins. Start all nodes`,
  )
}
