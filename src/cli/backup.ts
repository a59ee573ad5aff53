import type { Command } from 'commander'
import { isoTime, systemClock } from '../kernel/clock.ts'
import { writeBackup } from '../log/sqlite/backup.ts'
import { restoreBackup } from '../restore.ts'
import type { Cli, CommonOptions } from './cli.ts'
import { verb } from './options.ts'

/** Adds `backup` and `restore`. */
export function backupCommands(program: Command, cli: Cli): void {
  verb(
    program,
    'backup <file>',
    'write the log and the keys into one file, also while the service runs',
  ).action((file: string, options: CommonOptions) => {
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
    'restore <file>',
    'put a backup in the place of what is there, which is kept under another name',
  ).action(async (file: string, options: CommonOptions) => {
    const done = await restoreBackup(cli.files, file, cli.actor)
    const kept = done.kept.length > 0 ? `\nWhat was there before: ${done.kept.join(', ')}` : ''
    cli.one(
      options,
      { ...done },
      () => `Restored up to event ${done.sequence}; epoch ${done.epoch} begins${kept}`,
    )
  })
}
