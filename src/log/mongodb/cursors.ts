import type { Collection, Db, Filter } from 'mongodb'
import { isDuplicateKey } from '../../kernel/mongodb-faults.ts'
import {
  type CursorArchive,
  type CursorPlace,
  latestBelievable,
  type ParkedEvent,
  type ReactionCursors,
} from '../cursors.ts'
import { DURABLE } from './connection.ts'

/** The lease and all cursors are one document, so that a cursor moves only while the lease holds. */
interface Progress {
  _id: 'reactions'
  holder: string | null
  /** Until when the holder has the lease, in milliseconds since 1970. */
  until: number
  cursors: Record<string, CursorPlace>
}

interface Parked extends ParkedEvent {
  _id: string
  name: string
  parked_at: number
}

/** The collection of the lease and the cursors. */
export const CURSORS = 'reaction_progress'

const ONLY = 'reactions'

/** Keeps the cursors in MongoDB. */
export function mongoCursors(db: Db): ReactionCursors {
  const progress: Collection<Progress> = db.collection(CURSORS)
  const parking: Collection<Parked> = db.collection('reaction_parked')

  const move = async (
    { holder, now, name }: { holder: string; now: number; name: string },
    to: CursorPlace,
    from: Filter<Progress>,
  ): Promise<boolean> => {
    const { sequence, eventId } = to
    const held = { _id: ONLY, holder, until: { $gt: now } } as const
    const set = { $set: { [`cursors.${name}`]: { sequence, eventId } } }
    const { modifiedCount } = await progress.updateOne({ ...held, ...from }, set, DURABLE)
    return modifiedCount === 1
  }
  const before = (name: string, sequence: number): Filter<Progress> => ({
    $or: [{ [`cursors.${name}`]: { $exists: false } }, { [`cursors.${name}.sequence`]: { $lt: sequence } }],
  })

  return {
    async hold(holder, now, until) {
      const free: Filter<Progress> = {
        _id: ONLY,
        $or: [
          { holder },
          { holder: null },
          { until: { $lte: now } },
          { until: { $gt: latestBelievable(now, until) } },
        ],
      }
      const { matchedCount } = await progress.updateOne(free, { $set: { holder, until } }, DURABLE)
      if (matchedCount === 1) return true
      try {
        await progress.insertOne({ _id: ONLY, holder, until, cursors: {} }, DURABLE)
        return true
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
        return false
      }
    },
    async release(holder) {
      await progress.updateOne({ _id: ONLY, holder }, { $set: { holder: null, until: 0 } }, DURABLE)
    },
    async find(name) {
      return (await progress.findOne({ _id: ONLY }))?.cursors[name] ?? null
    },
    advance: (holder, now, name, to) => move({ holder, now, name }, to, before(name, to.sequence)),
    async park(holder, now, name, event) {
      const { sequence, eventId, reason } = event
      const place = { _id: `${name}:${sequence}:${eventId}` }
      const entry = { name, sequence, eventId, reason, parked_at: now }
      // The entry comes first: a process that crashes in between parks the event again, and loses nothing.
      await parking.updateOne(place, { $setOnInsert: entry }, { ...DURABLE, upsert: true })
      return move({ holder, now, name }, { sequence, eventId }, before(name, sequence))
    },
    reset: (holder, now, name, to) => move({ holder, now, name }, to, {}),
    async parked(name) {
      const found = await parking.find({ name }).sort({ sequence: 1 }).toArray()
      return found.map(({ sequence, eventId, reason }) => ({ sequence, eventId, reason }))
    },
    countParked: (name) => parking.countDocuments({ name }),
  }
}

/** Reads and writes all cursors of a database. */
export function mongoCursorArchive(db: Db): CursorArchive {
  const progress: Collection<Progress> = db.collection(CURSORS)
  return {
    async read() {
      const { cursors = {} } = (await progress.findOne({ _id: ONLY })) ?? {}
      return Object.entries(cursors).map(([name, place]) => ({ name, ...place }))
    },
    async write(cursors) {
      const places = Object.fromEntries(cursors.map(({ name, ...place }) => [name, place]))
      const fresh = { holder: null, until: 0, cursors: places }
      await progress.replaceOne({ _id: ONLY }, fresh, { ...DURABLE, upsert: true })
    },
  }
}
