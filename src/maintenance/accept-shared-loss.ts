import { command } from '../commands/command.ts'
import type { Actor } from '../events/envelope.ts'
import { describeLost, lostSubjects } from '../integrity/lost-keys.ts'
import { systemClock } from '../kernel/clock.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import type { MongoAddress } from '../log/mongodb/connection.ts'
import { streamQueries } from '../projections/streams/queries.ts'
import { openMongoReading, openMongoWriter } from '../storage/mongodb.ts'
import type { AcceptedLoss } from './accept-loss.ts'

/**
 * Accepts that keys are missing from the key database: an event records the loss and begins a new epoch, all
 * short-lived state is removed, and the subjects whose keys are lost are ended. For a restored log, see
 * `acceptDatabase`.
 *
 * @throws StartRefused when no key is missing.
 */
export async function acceptSharedLoss(
  files: Installation,
  address: MongoAddress,
  actor: Actor,
): Promise<AcceptedLoss> {
  const writer = await openMongoWriter(files, address, {
    keysAhead: false,
    clock: systemClock,
    lossAccepted: true,
    onCommit: () => undefined,
    onCondition: () => undefined,
  })
  const { engine, installation, followNow } = writer
  try {
    const { db, log, keys } = installation
    const streams = streamQueries(db)
    const lost = await lostSubjects({ streams, keys })
    if (lost.length === 0) throw new StartRefused('Nothing is missing: there is no loss to accept')
    const write = (operation: unknown) => engine.write(operation)
    const reading = await openMongoReading(files, address, { clock: systemClock, write, followNow })
    await reading.documents.clear().finally(() => reading.close())
    // The rest of a damaged key opens nothing, and would prevent its stream from being ended.
    await keys.destroy(lost.flatMap((stream) => streams.livingKeysOf(stream).map(({ key_id }) => key_id)))
    const { epoch, position } = log.head()
    const facts = { from_epoch: epoch, position, seen_position: position, lost_streams: lost }
    await engine.submit(command('accept-loss', facts, actor))
    return { head: log.head(), losses: [describeLost(lost)], lost }
  } finally {
    await writer.close()
  }
}
