import type { Command } from 'commander'
import { issueAdministratorLink } from '../administrator-link.ts'
import { systemClock } from '../kernel/clock.ts'
import type { Cli, CommonOptions } from './cli.ts'
import { verb } from './options.ts'
import { printable } from './printable.ts'

/** Adds the command for an administrator who lost every way in. */
export function adminCommands(program: Command, cli: Cli): void {
  const admin = program.command('admin').description('who administers the service')

  verb(
    admin,
    'recover',
    'print a link that lets an administrator in again, or the first one claim the service',
  )
    .option('--username <name>', 'which administrator, where there are several')
    .action((options: CommonOptions & { username?: string }) =>
      cli.writing(async (storage) => {
        const { issuer } = cli.settings
        const request = { issuer, now: systemClock(), actor: cli.actor, username: options.username }
        const link = await issueAdministratorLink(storage, request)
        cli.one(options, { ...link }, () => printable(`${link.purpose}: ${link.url}`))
      }),
    )
}
