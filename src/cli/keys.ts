import type { Command } from 'commander'
import { systemClock } from '../kernel/clock.ts'
import { rotateDueKeys } from '../oidc/keys/key-rotation.ts'
import { activateSigningKey, publishSigningKey, SIGNING_ALGORITHMS } from '../oidc/keys/signing-keys.ts'
import type { Views } from '../projections/views.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'

const COLUMNS = ['kid', 'alg', 'state', 'created_at', 'activated_at', 'retired_at']

/** Adds the commands about the keys that sign tokens. */
export function keyCommands(program: Command, cli: Cli): void {
  const keys = program.command('keys').description('the keys that sign tokens')

  verb(keys, 'list', 'list all signing keys').action((options: CommonOptions) =>
    cli.reading(({ views }) => cli.list(options, [shown(views)], COLUMNS)),
  )

  verb(keys, 'rotate', 'publish new signing keys; they sign once all clients can have fetched them').action(
    (options: CommonOptions) =>
      cli.writing(async (storage) => {
        for (const alg of SIGNING_ALGORITHMS) {
          const signs = storage.views.signingKeys
            .all()
            .some((key) => key.alg === alg && key.state === 'active')
          const kid = await publishSigningKey(storage, alg, cli.actor)
          // Without an active key, no client can hold an older copy of the keys.
          if (!signs) await activateSigningKey(storage, kid, cli.actor)
        }
        await rotateDueKeys({ ...storage, clock: systemClock })
        cli.list(options, [shown(storage.views)], COLUMNS)
      }),
  )
}

const shown = (views: Views) => views.signingKeys.all().map((key) => ({ ...key }))
