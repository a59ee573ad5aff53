import { isMongoFault } from '../kernel/mongodb-faults.ts'
import type { RandomSource } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { LivingKey, streamQueries } from '../projections/streams/queries.ts'

/** Up to how many events a start looks at every key; of a longer log it takes the latest and a random sample. */
const ALL_UP_TO = 20_000
const SAMPLE = 1_000
const PAGE = 500

/** What is looked at: where streams stand, and the keys. */
export interface KeysToCheck {
  streams: ReturnType<typeof streamQueries>
  keys: Pick<KeyStore, 'load'>
}

/** Finds streams that no event has ended and whose key is missing all the same. Reads the whole trail. */
export async function lostSubjects(checked: KeysToCheck): Promise<string[]> {
  return withoutKeys(checked.streams.living(), checked)
}

/**
 * As `lostSubjects`, within a moment: a long log is only sampled.
 *
 * @param sequence of the last event.
 */
export async function someLostSubjects(
  checked: KeysToCheck,
  sequence: number,
  random: RandomSource,
): Promise<string[]> {
  if (sequence <= ALL_UP_TO) return lostSubjects(checked)
  const latest = Array.from({ length: SAMPLE }, (_, back) => sequence - back)
  const anywhere = Array.from(
    { length: SAMPLE },
    () => 1 + (Buffer.from(random(6)).readUIntBE(0, 6) % sequence),
  )
  return withoutKeys(checked.streams.livingAmong([...latest, ...anywhere]), checked)
}

/** Says whose keys are missing, in the words for an operator. */
export function describeLost(streams: readonly string[]): string {
  const some = streams.slice(0, 10).map((stream) => stream.replace('-', ' '))
  const more = streams.length > some.length ? ` and ${streams.length - some.length} more` : ''
  const whose =
    streams.length === 1 ? 'The key of 1 subject is' : `The keys of ${streams.length} subjects are`
  return `${whose} missing or damaged, though no event erased them: ${some.join(', ')}${more}`
}

/** The refusal of whatever would take a lost key for an erasure. */
export function keysLost(streams: readonly string[]): StartRefused {
  return new StartRefused(
    `${describeLost(streams)}. Put the key file back as it was, or restore a backup with \`countersign restore FILE\`; ` +
      '`countersign log accept-loss` gives these subjects up and notes that in the log',
  )
}

/** The refusal of a key file that does not hold what was put into it. */
export function keyFileIncomplete(what: string): StartRefused {
  return new StartRefused(
    `The key file is damaged: ${what}. Put it back as it was, or restore a backup with \`countersign restore FILE\`; ` +
      '`countersign log accept-loss` goes on with what is there and notes that in the log',
  )
}

async function withoutKeys(living: Iterable<LivingKey>, checked: KeysToCheck): Promise<string[]> {
  const lost = new Set<string>()
  // The statement is read to its end before anything else is asked over the same connection.
  const all = [...living]
  for (let start = 0; start < all.length; start += PAGE) {
    const page = all.slice(start, start + PAGE)
    const opened = await openable(
      page.map(({ key_id }) => key_id),
      checked.keys,
    )
    for (const { stream, key_id } of page) {
      if (opened.has(key_id)) continue
      // Somebody may have been erased since: the event is in the log before the key is destroyed.
      const still = checked.streams.livingKeysOf(stream)
      if (still.some((key) => key.key_id === key_id)) lost.add(stream)
    }
  }
  return [...lost].sort()
}

/** Finds which keys are there and open under the master key. */
async function openable(ids: readonly string[], keys: Pick<KeyStore, 'load'>): Promise<Set<string>> {
  try {
    return new Set((await keys.load(ids)).keys())
  } catch (error) {
    const [id] = ids
    if (!isDamagedKey(error) || id === undefined) throw error
    if (ids.length === 1) return new Set()
    // One of them is damaged; which one is found by halving.
    const half = Math.ceil(ids.length / 2)
    const parts = [await openable(ids.slice(0, half), keys), await openable(ids.slice(half), keys)]
    return new Set(parts.flatMap((part) => [...part]))
  }
}

/** Tells a key that does not open from a store that does not answer. */
function isDamagedKey(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'storage_unavailable' && !isMongoFault(error.cause)
}
