import type { Command } from 'commander'
import { examine } from '../maintenance/doctor.ts'
import { examineNode } from '../maintenance/examine-node.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'

/** Adds `doctor`. */
export function doctorCommand(program: Command, cli: Cli): void {
  verb(program, 'doctor', 'examine the installation; exits with 1 when anything is wrong').action(
    async (options: CommonOptions) => {
      const { mongodb } = cli.installation
      const findings = await (mongodb
        ? examineNode(cli.installation, mongodb, cli.settings.issuer)
        : examine(cli.files, cli.settings))
      if (findings.some(({ ok }) => !ok)) cli.exitCode = 1
      cli.list(options, [findings.map((finding) => ({ ...finding }))], ['check', 'ok', 'detail'])
    },
  )
}
