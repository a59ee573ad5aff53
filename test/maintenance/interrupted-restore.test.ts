import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { RestoreNote } from '../../src/log/sqlite/restore-note.ts'
import { openStorage } from '../../src/storage/open.ts'
import { answerOf, countersign } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

/** A process that dies: from its n-th change of the files on it changes nothing any more. */
const life = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY, steps: 0 }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const mortal =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      life.steps += 1
      if (life.steps > life.left) throw new Error('killed')
      return work(...args)
    }
  return {
    ...fs,
    renameSync: mortal(fs.renameSync),
    rmSync: mortal(fs.rmSync),
    linkSync: mortal(fs.linkSync),
    unlinkSync: mortal(fs.unlinkSync),
  }
})

const fs = await vi.importActual<typeof import('node:fs')>('node:fs')
const place = temporaryDirectory('memory')
const forget = (directory: string) => fs.rmSync(directory, { recursive: true, force: true })
afterAll(() => forget(place.path))
afterEach(() => {
  life.left = Number.POSITIVE_INFINITY
})

const BEFORE = ['ada', 'lost-1', 'lost-2', 'lost-3']
const AFTER = ['ada']
const backup = join(place.path, 'backup')

interface Situation {
  name: string
  /** Makes the directory in which the restore is interrupted. */
  prepare(directory: string): void
  /** Who is there when the restore has not changed anything; `null` when there is no installation then. */
  before: string[] | null
}

const original = join(place.path, 'original')
const other = join(place.path, 'other')
const SITUATIONS: Situation[] = [
  {
    name: 'over an installation',
    prepare: (directory) => cpSync(original, directory, { recursive: true }),
    before: BEFORE,
  },
  {
    name: 'over an installation whose files are links',
    prepare(directory) {
      cpSync(original, directory, { recursive: true })
      mkdirSync(join(directory, 'disk'))
      for (const name of ['oidc_op.db', 'keys.db']) {
        renameSync(join(directory, name), join(directory, 'disk', name))
        symlinkSync(join('disk', name), join(directory, name))
      }
    },
    before: BEFORE,
  },
  {
    name: 'over another log',
    prepare: (directory) => cpSync(other, directory, { recursive: true }),
    before: ['somebody-else'],
  },
  {
    name: 'over a log that is damaged beyond reading',
    prepare(directory) {
      cpSync(original, directory, { recursive: true })
      writeFileSync(join(directory, 'oidc_op.db'), 'this was a database, before something wrote over it')
    },
    before: null,
  },
  {
    name: 'where only the master key is left',
    prepare(directory) {
      mkdirSync(directory)
      cpSync(join(original, 'master.key'), join(directory, 'master.key'))
    },
    before: null,
  },
]

beforeAll(async () => {
  mkdirSync(other)
  await answerOf(original, ['user', 'create', '--username', 'ada'])
  await answerOf(original, ['backup', backup])
  const env = { OIDC_OP_MASTER_KEY: readFileSync(join(original, 'master.key'), 'utf8').trim() }
  await answerOf(other, ['user', 'create', '--username', 'somebody-else'], { env })
  cpSync(join(original, 'master.key'), join(other, 'master.key'))
  for (const username of BEFORE.slice(1)) await answerOf(original, ['user', 'create', '--username', username])
})

let copies = 0
function fresh({ prepare }: Situation): string {
  copies += 1
  const directory = join(place.path, `copy-${copies}`)
  prepare(directory)
  return directory
}

/** Interrupts a restore at a step; answers whether it was over before. */
async function interrupt(directory: string, step: number): Promise<boolean> {
  life.steps = 0
  life.left = step
  const { code } = await countersign(directory, ['restore', backup])
  const over = life.steps <= step
  life.left = Number.POSITIVE_INFINITY
  expect(code === 0).toBe(over)
  return over
}

/** Starts as the service does; answers who is there, or why it refused. */
async function start(directory: string): Promise<string[] | string> {
  try {
    const storage = await openStorage(filesIn(directory))
    const users = storage.views.users.list(0, 10)
    await storage.close()
    return users.map(({ username }) => username).sort()
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

const unfinished = (directory: string) =>
  (readdirSync(directory, { recursive: true }) as string[]).filter((name) =>
    /\.(restore-|restoring)/.test(name),
  )

describe.each(SITUATIONS)('a restore $name that is killed at any step', (situation) => {
  it('leaves one whole installation to the next start, or none that could be taken for a new one', async () => {
    const outcomes = new Set<string>()
    for (let step = 0; ; step += 1) {
      const directory = fresh(situation)
      const over = await interrupt(directory, step)
      const found = await start(directory)
      outcomes.add(typeof found === 'string' ? 'refused' : String(found))
      if (typeof found !== 'string') expect([situation.before, AFTER]).toContainEqual(found)
      else {
        expect(situation.before, `step ${step}: ${found}`).toBeNull()
        expect(found).toMatch(/^StartRefused: .*oidc_op\.db (is missing: restore it|cannot be used)/)
      }
      if (over) break
      if (typeof found !== 'string') expect(unfinished(directory), `after step ${step}`).toEqual([])
      for (const name of existsSync(join(directory, 'disk')) ? ['oidc_op.db', 'keys.db'] : []) {
        expect(lstatSync(join(directory, name)).isSymbolicLink()).toBe(true)
      }
      forget(directory)
    }
    expect(outcomes, 'both sides of the exchange were seen').toContain('ada')
    expect(outcomes.size).toBe(2)
  })

  it('can be repeated, and nothing but what is kept is left beside the files', async () => {
    for (let step = 0; ; step += 1) {
      const directory = fresh(situation)
      if (await interrupt(directory, step)) break
      expect(await countersign(directory, ['restore', backup])).toMatchObject({ code: 0, stderr: '' })
      expect(await start(directory)).toEqual(AFTER)
      expect(unfinished(directory), `after step ${step}`).toEqual([])
      forget(directory)
    }
  })
})

it('doctor names what a restore was interrupted in, and what one has kept', async () => {
  const [situation] = SITUATIONS
  if (!situation) throw new Error('no situation')
  const told = new Set<string>()
  for (let step = 0; ; step += 1) {
    const directory = fresh(situation)
    const over = await interrupt(directory, step)
    const before = readdirSync(directory).sort()
    const { code, stdout } = await countersign(directory, ['doctor', '--json'])
    const { ok, detail } = JSON.parse(stdout).find(({ check }: { check: string }) => check === 'leftovers')
    const staged = before.filter((name) => /\.restore-[0-9a-f-]+$/.test(name))
    expect(ok, detail).toBe(over || (staged.length === 0 && !/interrupted/.test(detail)))
    if (!ok) expect(code).toBe(1)
    told.add(detail.replace(/[^ ,]*\/([a-z_]+\.db)\.(before-)?restore[^ ,:]*/g, '$1'))
    if (over) break
  }
  expect([...told].join('\n')).toMatch(
    /interrupted while it exchanged the files: start the service, or restore again/,
  )
  expect([...told].join('\n')).toMatch(
    /was interrupted and left .*the next start removes what a restore left/,
  )
  expect([...told].at(-1)).toMatch(/^kept from before a restore, .*oidc_op\.db/)
})

it('one restore at a time: while one is under way another is refused, and so is a start, but not who reads', async () => {
  const [situation] = SITUATIONS
  if (!situation) throw new Error('no situation')
  const directory = fresh(situation)
  const note = RestoreNote.take(join(directory, 'oidc_op.db'))
  const before = readdirSync(directory).sort()
  const refused = 'A restore is being carried out; wait until it is done\n'
  for (const args of [
    ['restore', backup],
    ['user', 'create', '--username', 'eve'],
  ]) {
    expect(await countersign(directory, args)).toEqual({ code: 1, stdout: '', stderr: refused })
  }
  expect(await countersign(directory, ['user', 'list'])).toMatchObject({ code: 0 })
  const kept = (names: string[]) => names.filter((name) => !/-(wal|shm)$/.test(name)).sort()
  expect(kept(readdirSync(directory))).toEqual(kept(before))
  note.remove()
  expect(await start(directory)).toEqual(BEFORE)
})
