import { isMongoFault } from '../kernel/mongodb-faults.ts'
import type { RandomSource } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { LivingKey, streamQueries } from '../projections/streams/queries.ts'

/** A start checks every key of a log of up to so many events; of a longer one, the latest and a random sample. */
const ALL_UP_TO = 20_000
const SAMPLE = 1_000
const PAGE = 500

/** What is checked: the state of the streams, and the keys. */
export interface KeysToCheck {
  streams: ReturnType<typeof streamQueries>
  keys: Pick<KeyStore, 'load'>
}

/** Finds streams whose key is missing although no event ended them. Reads the whole audit trail. */
export async function lostSubjects(checked: KeysToCheck): Promise<string[]> {
  return withoutKeys(checked.streams.living(), checked)
}

/**
 * Finds what `lostSubjects` finds, but quickly: it only samples a long log.
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

/** Tells an operator whose keys are missing. */
export function describeLost(streams: readonly string[]): string {
  const some = streams.slice(0, 10).map((stream) => stream.replace('-', ' '))
  const more = streams.length > some.length ? ` and ${streams.length - some.length} more` : ''
  const whose =
    streams.length === 1 ? 'The key of 1 subject is' : `The keys of ${streams.length} subjects are`
  return `${whose} missing or damaged, though no event erased them: ${some.join(', ')}${more}`
}

/** Makes the error for a lost key, which would otherwise look like an erasure. */
export function keysLost(streams: readonly string[]): StartRefused {
  return new StartRefused(
    `${describeLost(streams)}. Put the key file back as it was, or restore a backup with \`countersign restore FILE\`; ` +
      '`countersign log accept-loss` gives these subjects up and notes that in the log',
  )
}

/** Makes the error for a key file that has lost some of its content. */
export function keyFileIncomplete(what: string): StartRefused {
  return new StartRefused(
    `The key file is damaged: ${what}. Put it back as it was, or restore a backup with \`countersign restore FILE\`; ` +
      '`countersign log accept-loss` goes on with what is there and notes that in the log',
  )
}

async function withoutKeys(living: Iterable<LivingKey>, checked: KeysToCheck): Promise<string[]> {
  const lost = new Set<string>()
  // Reads the statement to its end before another one uses the same connection.
  const all = [...living]
  for (let start = 0; start < all.length; start += PAGE) {
    const page = all.slice(start, start + PAGE)
    const opened = await openable(
      page.map(({ key_id }) => key_id),
      checked.keys,
    )
    for (const { stream, key_id } of page) {
      if (opened.has(key_id)) continue
      // The person may have been erased since: the event is in the log before the key is destroyed.
      const remaining = checked.streams.livingKeysOf(stream)
      if (remaining.some((key) => key.key_id === key_id)) lost.add(stream)
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
    // One of them is damaged; halving finds which one.
    const half = Math.ceil(ids.length / 2)
    const parts = [await openable(ids.slice(0, half), keys), await openable(ids.slice(half), keys)]
    return new Set(parts.flatMap((part) => [...part]))
  }
}

/** Distinguishes a key that does not open from a store that does not answer. */
function isDamagedKey(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'storage_unavailable' && !isMongoFault(error.cause)
}
