import { command } from '../commands/command.ts'
import type { Head } from '../events/commit.ts'
import type { Actor } from '../events/envelope.ts'
import { userOfStream } from '../events/streams.ts'
import { describeLost, lostSubjects } from '../integrity/lost-keys.ts'
import { systemClock } from '../kernel/clock.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { InstallationFiles } from '../log/sqlite/inspection.ts'
import { findLoss, type Loss } from '../log/sqlite/watermark-check.ts'
import { streamQueries } from '../projections/streams/queries.ts'
import { openSqliteWriter } from '../storage/sqlite.ts'

/** What was accepted as lost. */
export interface AcceptedLoss {
  head: Head
  /** What was missing, in sentences. */
  losses: string[]
  /** The streams that ended because their keys are gone. */
  lost: string[]
}

/** How many streams one event ends. */
const STREAMS = 10_000
const PAGE = 500

/**
 * Accepts that the log or the keys end before what was on the disk. An event records the loss and begins a new epoch.
 * All short-lived state is removed, subjects whose keys are lost are ended, and keys that came back are destroyed again.
 *
 * @throws StartRefused when nothing is missing.
 */
export async function acceptLoss(files: InstallationFiles, actor: Actor): Promise<AcceptedLoss> {
  const loss = knownLoss(files)
  const { engine, installation, close } = await openSqliteWriter(files, {
    keysAhead: false,
    clock: systemClock,
    lossAccepted: true,
    onCommit: () => undefined,
    onCondition: () => undefined,
  })
  try {
    const { db, log, keys } = installation
    const streams = streamQueries(db)
    const lost = await lostSubjects({ streams, keys })
    const missing = keys.missing()
    const losses = [loss?.what, missing, lost.length > 0 ? describeLost(lost) : null].filter(
      (what) => what != null,
    )
    if (losses.length === 0) throw new StartRefused('Nothing is missing: there is no loss to accept')
    const { epoch, position } = log.head()
    const seen = loss?.seen?.log === log.id ? loss.seen : null
    const facts = {
      from_epoch: Math.max(epoch, seen?.epoch ?? 0),
      position,
      seen_position: seen?.position ?? null,
    }
    // The rest of a damaged key opens nothing, and would prevent its stream from being ended.
    const damaged = lost.flatMap((stream) => streams.livingKeysOf(stream).map(({ key_id }) => key_id))
    if (damaged.length > 0) await keys.destroy(damaged)
    await engine.write({ type: 'clear' })
    for (let start = 0; start === 0 || start < lost.length; start += STREAMS) {
      const lost_streams = lost.slice(start, start + STREAMS)
      await engine.submit(command('accept-loss', { ...facts, lost_streams }, actor))
    }
    await destroyReturned(streams.closedKeys(), keys)
    await keys.acceptMissing()
    // Traces of lost people in the file cannot be searched for without their keys, so the whole file is rewritten.
    if (lost.some((stream) => userOfStream(stream) !== null)) db.exec('VACUUM')
    return { head: log.head(), losses, lost }
  } finally {
    await close()
  }
}

function knownLoss(files: InstallationFiles): Loss | null {
  try {
    return findLoss(files)
  } catch (error) {
    // A damaged watermark is itself a loss to accept.
    if (error instanceof StartRefused) return { seen: null, what: error.message }
    throw error
  }
}

/** Destroys keys of erased people that an older key file brought back. */
async function destroyReturned(ids: readonly string[], keys: KeyStore): Promise<void> {
  for (let start = 0; start < ids.length; start += PAGE) {
    const there = await keys.load(ids.slice(start, start + PAGE))
    if (there.size > 0) await keys.destroy([...there.keys()])
  }
}
