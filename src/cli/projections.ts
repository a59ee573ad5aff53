import type { Command } from 'commander'
import { rebuildReadModels, verifyReadModels } from '../integrity/rebuild.ts'
import { openExistingLog } from '../log/installation.ts'
import { READ_MODEL_TABLES } from '../projections/catalogue.ts'
import { describeDifference, readableKey } from '../projections/compare.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'
import { fields } from './console/table.ts'

/** Adds the commands about the read models. */
export function projectionCommands(program: Command, cli: Cli): void {
  const projections = program.command('projections').description('the tables that are folded from the log')

  verb(projections, 'status', 'show the position of the read models').action((options: CommonOptions) =>
    status(cli, options),
  )

  verb(
    projections,
    'verify',
    'compare the read models with a fresh fold; exits with 1 and names the first row',
  ).action(async (options: CommonOptions) => {
    const { head, difference } = await verifyReadModels(cli.installation)
    const { position, sequence } = head
    if (difference) {
      cli.exitCode = 1
      const shown = { position, ...difference, key: readableKey(difference.key) }
      cli.fault(options, shown, describeDifference(difference))
      return
    }
    const shown = { ok: true, position, sequence }
    cli.one(options, shown, () => `The read models agree with the log, up to event ${sequence}`)
  })

  verb(projections, 'rebuild', 'rebuild the read models from the log, also while the service runs').action(
    async (options: CommonOptions) => {
      const done = await rebuildReadModels(cli.installation, { checkIndexes: true })
      const text = `Rebuilt from ${done.events} events up to position ${done.position}; ${done.changed_rows} rows changed`
      cli.one(options, { ...done }, () => text)
    },
  )
}

function status(cli: Cli, options: CommonOptions): void {
  const { db, log, close } = openExistingLog(cli.installation)
  try {
    const head = log.head()
    const models = db.prepare('SELECT position, sequence FROM read_model_head').get() as
      | { position: number; sequence: number }
      | undefined
    const rows = Object.fromEntries(
      Object.keys(READ_MODEL_TABLES).map((table) => [
        table,
        db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number,
      ]),
    )
    const shown = {
      log_position: head.position,
      log_sequence: head.sequence,
      position: models?.position ?? 0,
      sequence: models?.sequence ?? 0,
      current: (models?.position ?? 0) === head.position,
    }
    cli.one(options, { ...shown, rows }, () => `${fields(shown)}\n\n${fields(rows)}`)
  } finally {
    close()
  }
}
