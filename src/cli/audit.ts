import type { Command } from 'commander'
import { isoTime, systemClock } from '../kernel/clock.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { type Checkpoint, checkpointSchema, isGenuine, signCheckpoint } from '../log/checkpoint.ts'
import { openExistingKeys, openExistingLog } from '../log/installation.ts'
import type { ExistingLog } from '../log/sqlite/existing-log.ts'
import { orphanFault } from '../log/sqlite/orphans.ts'
import { findLoss } from '../log/sqlite/watermark-check.ts'
import { type ChainFault, verifyChain } from '../log/verify.ts'
import { verifySharedChain } from '../maintenance/verify-shared-log.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'
import { printableJson } from './console/printable.ts'

/** Adds the commands that verify the log. */
export function auditCommands(program: Command, cli: Cli): void {
  const audit = program.command('audit').description('proof that nobody has changed the log')

  verb(audit, 'verify', 'hash the whole log again; exits with 1 and names the first fault')
    .option('--checkpoint <file>', 'a checkpoint that the log must contain')
    .action((options: CommonOptions & { checkpoint?: string }) => verify(cli, options))

  verb(audit, 'checkpoint', 'print a signed statement of where the log ends, to be kept elsewhere').action(
    () =>
      cli.reading(async ({ log, keys }) => {
        cli.line(printableJson(await signCheckpoint(log.head(), isoTime(systemClock()), keys), 2))
      }),
  )
}

async function verify(cli: Cli, options: CommonOptions & { checkpoint?: string }): Promise<void> {
  // Opened without the checks of a start: a damaged log must be walked, not refused.
  const checkpoint = options.checkpoint === undefined ? null : readCheckpoint(cli, options.checkpoint)
  const existing = openExistingLog(cli.installation)
  try {
    const result = await judge(cli, existing, checkpoint)
    if ('reason' in result) {
      cli.exitCode = 1
      cli.fault(options, { ...result }, `position ${result.position}: ${result.reason}`)
      return
    }
    const { hash, ...head } = result
    const shown = { ok: true, ...head, hash: Buffer.from(hash).toString('hex') }
    cli.one(
      options,
      shown,
      () => `The log is sound: ${shown.position} commits, ${shown.sequence} events, ${shown.hash}`,
    )
  } finally {
    existing.close()
  }
}

async function judge(cli: Cli, { db, log }: ExistingLog, checkpoint: Checkpoint | null) {
  const forged = checkpoint && (await signatureFault(cli, log.id, checkpoint))
  if (forged) return forged
  const expected = checkpoint && { ...checkpoint, hash: Buffer.from(checkpoint.hash, 'hex') }
  const chain = verifyChain(log, expected ?? undefined)
  if ('reason' in chain) return chain
  const { mongodb, ...files } = cli.installation
  const loss = mongodb ? null : findLoss(files)
  if (loss) return { position: chain.position + 1, reason: loss.what }
  const shared =
    mongodb && (await verifySharedChain(cli.installation, mongodb, expected ? [expected, chain] : [chain]))
  if (shared && 'reason' in shared) return shared
  return orphanFault(db) ?? shared ?? chain
}

async function signatureFault(cli: Cli, log: string, checkpoint: Checkpoint): Promise<ChainFault | null> {
  const { keys, close } = await openExistingKeys(cli.installation, log)
  try {
    if (await isGenuine(checkpoint, keys)) return null
    return { position: checkpoint.position, reason: 'the checkpoint was not signed by this installation' }
  } finally {
    await close()
  }
}

function readCheckpoint(cli: Cli, path: string): Checkpoint {
  try {
    return checkpointSchema.parse(JSON.parse(cli.world.readFile(path)))
  } catch (cause) {
    throw new StartRefused(`${path} is not a readable checkpoint`, { cause })
  }
}
