import { afterEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import type { Commit } from '../../src/events/commit.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { openWriter } from '../../src/storage/open-writer.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { type OpenEngine, openEngine } from '../support/open-engine.ts'

const WAITING = 64
const ERASED = 1
const FAULT = new Refusal('storage_failed', 'the disk')

const directories: ReturnType<typeof temporaryDirectory>[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove()
})

/** A fault that happens once, when it is armed; the store works again at once. */
interface Fault {
  armed: boolean
  /** Throws once. */
  strike(cause?: unknown): void
  halt(): void
}

/** A way in which the engine fails, as parts that replace those of the engine. */
type Way = (fault: Fault, deps: EngineDeps) => Partial<EngineDeps>

/** Replaces one method of a part. */
function instead<T extends object, K extends keyof T>(part: T, name: K, method: T[K]): T {
  return new Proxy(part, {
    get: (target, key) => {
      if (key === name) return method
      const value = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const onSqlite: Record<string, Way> = {
  'a commit that does not reach the disk': (fault, { transaction }) => ({
    transaction: instead(transaction, 'commit', () => {
      fault.strike(new Refusal('outcome_unknown', 'the sync failed'))
      transaction.commit()
    }),
  }),
  'a commit that fails but reaches the disk': (fault, { transaction }) => ({
    transaction: instead(transaction, 'commit', () => {
      transaction.commit()
      fault.strike(new Refusal('outcome_unknown', 'the sync failed'))
    }),
  }),
  'a transaction that does not begin': (fault, { transaction }) => ({
    transaction: instead(transaction, 'begin', () => {
      fault.strike()
      transaction.begin()
    }),
  }),
  'a rollback that fails': (fault, { transaction, projector }) => {
    let spoil = true
    return {
      projector: instead(projector, 'apply', (event) => {
        if (fault.armed && spoil) {
          spoil = false
          throw new Error('fails in the middle')
        }
        projector.apply(event)
      }),
      transaction: instead(transaction, 'rollback', () => {
        transaction.rollback()
        fault.strike()
      }),
    }
  },
  'the log that cannot be written': (fault, { log }) => ({
    log: instead(log, 'insert', (commit) => {
      fault.strike()
      log.insert(commit)
    }),
  }),
  // A batch that fails once is retried with savepoints; only the second failure shows that the store is at fault.
  'a document that cannot be written': (fault, { documentWrites }) => {
    let tries = 0
    return {
      documentWrites: instead(documentWrites, 'apply', (operation) => {
        tries += 1
        if (tries === 1) throw FAULT
        fault.strike()
        return documentWrites.apply(operation)
      }),
    }
  },
  'keys that cannot be made': (fault, { stock }) => ({
    stock: instead(stock, 'ensure', async (count) => {
      fault.strike()
      await stock.ensure(count)
    }),
  }),
  'keys that cannot be marked for an erasure': (fault, { keys }) => ({
    keys: instead(keys, 'markForDestruction', async (ids, of) => {
      if (ids.length > 0) fault.strike()
      await keys.markForDestruction(ids, of)
    }),
  }),
  'a stop from outside while keys are made': (fault, { stock }) => ({
    stock: instead(stock, 'ensure', async (count) => {
      await stock.ensure(count)
      fault.halt()
    }),
  }),
  'a stop from outside while keys are marked': (fault, { keys }) => ({
    keys: instead(keys, 'markForDestruction', async (ids, of) => {
      await keys.markForDestruction(ids, of)
      if (ids.length > 0) fault.halt()
    }),
  }),
  'readers that cannot be woken': (fault) => ({ onCommit: () => fault.strike() }),
}

const onSharedLog: Record<string, Way> = {
  'an append that is refused as damage': (fault, deps) =>
    overSharedLog(deps, { beforeAppend: async () => fault.strike() }),
  'a stop from outside while a commit is appended': (fault, deps) =>
    overSharedLog(deps, { afterAppend: async () => fault.halt() }),
  'a turn in which the log is found to differ': (fault, deps) =>
    overSharedLog(deps, { turn: async () => fault.strike() }),
}
for (const [name, way] of Object.entries(onSqlite)) {
  onSharedLog[name] = (fault, deps) => ({ ...overSharedLog(deps), ...way(fault, deps) })
}
// A commit that cannot be stored in the replica is in the shared log, and is read from there: no failure of the node.
for (const name of [
  'a commit that does not reach the disk',
  'a commit that fails but reaches the disk',
  'the log that cannot be written',
])
  delete onSharedLog[name]

/** Adds a shared log, in memory, to the tables of this node. */
function overSharedLog(
  _deps: EngineDeps,
  at: Partial<Record<'beforeAppend' | 'afterAppend' | 'turn', () => Promise<void>>> = {},
): Partial<EngineDeps> {
  const commits: Commit[] = []
  return {
    shared: {
      arbiter: {
        append: async (commit) => {
          await at.beforeAppend?.()
          commits.push(commit)
          await at.afterAppend?.()
          return 'appended'
        },
        compare: async (position) => ({ hash: null, grown: commits.length > position }),
      },
      turn: async () => at.turn?.(),
      catchUp: async () => undefined,
      forget: async () => undefined,
    },
  }
}

const userid = (number: number) =>
  `lusab-${['b', 'd', 'f', 'g'][number >> 6]}a${['b', 'd', 'f', 'g', 'h', 'j', 'k', 'l'][(number >> 3) & 7]}a${['b', 'd', 'f', 'g', 'h', 'j', 'k', 'l'][number & 7]}`
const registration = (number: number) =>
  command('register-user', { userid: userid(number), username: `user-${number}` }, SYSTEM_ACTOR)
const erasure = (number: number) => command('erase-user', { userid: userid(number) }, SYSTEM_ACTOR)

interface Outcome {
  number: number
  acknowledged: boolean
  /** Whether it was answered after the engine had failed. */
  late: boolean
  code: string | null
}

async function failWhileMuchWaits(way: Way) {
  const directory = temporaryDirectory()
  directories.push(directory)
  const files = filesIn(directory.path)
  let failed = false
  const opened: { engine?: OpenEngine['engine'] } = {}
  const fault: Fault = {
    armed: false,
    strike: (cause = FAULT) => {
      if (!fault.armed) return
      fault.armed = false
      throw cause
    },
    halt: () => {
      if (!fault.armed) return
      fault.armed = false
      opened.engine?.halt(FAULT)
    },
  }
  const open = openEngine(files, {
    replace: (deps) => ({
      batchLimit: 8,
      // Callers that were answered before it get their answer in this turn of the event loop.
      onFailure: () => setImmediate(() => (failed = true)),
      ...way(fault, deps),
    }),
  })
  const { engine } = open
  opened.engine = engine
  await Promise.all([0, 1, 2].map((number) => engine.submit(registration(number))))
  fault.armed = true
  const outcomes: Outcome[] = []
  const note = async (number: number, work: Promise<unknown>) => {
    const settled = await work.then(
      () => null,
      (error) => String(error.code ?? error),
    )
    outcomes.push({ number, acknowledged: settled === null, late: failed, code: settled })
  }
  const work = [
    note(ERASED, engine.submit(erasure(ERASED))),
    note(0, engine.write({ type: 'clear' })),
    ...Array.from({ length: WAITING }, (_, index) =>
      note(10 + index, engine.submit(registration(10 + index))),
    ),
    note(
      0,
      engine.between(async () => undefined),
    ),
  ]
  await Promise.all(work)
  expect(engine.failure, 'the engine has failed').toMatchObject({ code: 'storage_failed' })
  await expect(engine.submit(registration(100))).rejects.toMatchObject({ code: 'storage_failed' })
  await open.close()
  return { files, outcomes }
}

async function expectWhatWasPromised({ files, outcomes }: Awaited<ReturnType<typeof failWhileMuchWaits>>) {
  const { installation, close } = await openWriter(files, () => undefined)
  try {
    const { db, log, keys } = installation
    expect(verifyChain(log)).toEqual(log.head())
    const there = new Set(db.prepare('SELECT userid FROM users').pluck().all())
    for (const { number, acknowledged, code } of outcomes) {
      if (number < 10) continue
      if (acknowledged) expect(there, `user ${number} was acknowledged`).toContain(userid(number))
      if (code === 'storage_failed') expect(there, `user ${number} was refused`).not.toContain(userid(number))
    }
    expect(await keys.marked()).toEqual([])
    const key = db
      .prepare("SELECT key_id FROM audit_entries WHERE stream = 'user-' || ?")
      .pluck()
      .get(userid(ERASED))
    expect((await keys.load([String(key)])).size, 'the key is there just as long as the person').toBe(
      there.has(userid(ERASED)) ? 1 : 0,
    )
  } finally {
    await close()
  }
}

describe.each([
  ['sqlite', onSqlite],
  ['a shared log', onSharedLog],
] as const)(
  'on %s, after a failure nothing that waits is acknowledged, also when the disk works again',
  (_, ways) => {
    it.each(Object.keys(ways))('%s', async (name) => {
      const way = ways[name]
      if (!way) throw new Error(name)
      const result = await failWhileMuchWaits(way)
      // An erasure whose event is in the log is finished, and answered when it is.
      const late = result.outcomes.filter((outcome) => outcome.acknowledged && outcome.late)
      expect(late.filter(({ number }) => number !== ERASED)).toEqual([])
      expect(result.outcomes.length).toBe(WAITING + 3)
      expect(result.outcomes.filter(({ acknowledged }) => !acknowledged).length).toBeGreaterThan(0)
      await expectWhatWasPromised(result)
    })
  },
)

describe('an erasure that is recorded when the engine fails', () => {
  it.each(['while its files are searched', 'before its search begins'])('is finished: %s', async (when) => {
    const directory = temporaryDirectory()
    directories.push(directory)
    const begun = Promise.withResolvers<void>()
    const search = Promise.withResolvers<void>()
    const open = openEngine(filesIn(directory.path), {
      replace: ({ scrubber }) => ({
        scrubber: {
          rewrite: () => scrubber.rewrite(),
          scrub: async (...scrub) => {
            begun.resolve()
            if (when.startsWith('while')) await search.promise
            await scrubber.scrub(...scrub)
          },
        },
        onCommit: () => {
          if (when.startsWith('before') && open.views.users.byUserid(userid(1)) === null)
            open.engine.halt(FAULT)
        },
      }),
    })
    await open.engine.submit(registration(1)).catch(() => undefined)
    const erased = open.engine.submit(erasure(1))
    await begun.promise
    open.engine.halt(FAULT)
    search.resolve()
    await erased
    await open.close()
    expect(open.engine.failure).toMatchObject({ code: 'storage_failed' })
  })
})
