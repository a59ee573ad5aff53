import type { Command } from 'commander'
import { describeSettings } from '../settings/settings.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'

/** Adds the commands about the settings. */
export function configCommands(program: Command, cli: Cli): void {
  const config = program.command('config').description('the settings')

  verb(config, 'check', 'check all settings; exits with 78 and names every fault').action(
    (options: CommonOptions) => {
      const { issuer } = cli.settings
      cli.one(options, { ok: true, issuer }, () => `The settings are fine; the issuer is ${issuer}`)
    },
  )

  verb(config, 'show', 'show the effective settings and where they come from, without secrets').action(
    (options: CommonOptions) => {
      const rows = describeSettings(cli.settings, cli.world.env)
      cli.list(options, [rows.map((row) => ({ ...row }))], ['variable', 'value', 'source'])
    },
  )
}
