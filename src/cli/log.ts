import { type Command, Option } from 'commander'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import { type AcceptedLoss, acceptLoss } from '../maintenance/accept-loss.ts'
import { copyInstallation } from '../maintenance/copy/copy.ts'
import { installationFiles } from '../storage/open.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'

const BACK_ENDS = ['sqlite', 'mongodb'] as const
type BackEnd = (typeof BACK_ENDS)[number]

interface CopyOptions extends CommonOptions {
  from: BackEnd
  to: BackEnd
}

/** Adds the commands about the log as a whole. */
export function logCommands(program: Command, cli: Cli): void {
  const log = program.command('log').description('the log as a whole')

  const backEnd = (flags: string, text: string) =>
    new Option(flags, text).choices(BACK_ENDS).makeOptionMandatory()
  verb(
    log,
    'copy',
    'copy the whole installation to the other back end, which must be empty, and verify both; stop the service first',
  )
    .addOption(backEnd('--from <back end>', 'the back end to copy from'))
    .addOption(backEnd('--to <back end>', 'the back end to copy to'))
    .action(async (options: CopyOptions) => {
      if (options.from === options.to) throw new StartRefused('Both ends are the same')
      const report = await copyInstallation(end(cli, options.from), end(cli, options.to))
      const { position, sequence, hash } = report
      cli.one(
        options,
        { from: options.from, to: options.to, ...report },
        () =>
          `Copied and verified: ${position} commits, ${sequence} events, ${hash}. Set OIDC_OP_STORAGE_BACKEND=${options.to}`,
      )
    })

  acceptLossCommand(log, cli)
}

function acceptLossCommand(log: Command, cli: Cli): void {
  verb(
    log,
    'accept-loss',
    'accept that the end of the log, or keys, are lost; records it and begins a new epoch; stop the service first',
  ).action(async (options: CommonOptions) => {
    const { head, losses, lost } = await accepting(cli)
    const { epoch, position, sequence } = head
    cli.one(
      options,
      { epoch, position, sequence, losses, lost },
      () =>
        `Accepted: ${losses.join('. ')}.\nEpoch ${epoch} begins at position ${position}; ${lost.length} subjects ended`,
    )
  })
}

async function accepting(cli: Cli): Promise<AcceptedLoss> {
  const { installation, actor } = cli
  if (!installation.mongodb) return acceptLoss(installation, actor)
  const { acceptSharedLoss } = await import('../maintenance/accept-shared-loss.ts')
  return acceptSharedLoss(installation, installation.mongodb, actor)
}

/** Reads from the settings where a back end is, whether or not they choose it. */
function end({ settings }: Cli, storageBackend: BackEnd): Installation {
  if (storageBackend === 'mongodb' && !settings.mongodbUri) {
    throw new StartRefused('OIDC_OP_MONGODB_URI must say where the mongodb end is')
  }
  return installationFiles({ ...settings, storageBackend })
}
