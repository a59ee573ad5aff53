import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { readWatermark, watermarkPath } from '../../src/log/watermark/file.ts'
import { openThreadedStorage } from '../../src/storage/open.ts'
import { openWriter } from '../../src/storage/open-writer.ts'
import { countersign } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const FILES = [
  'oidc_op.db',
  'oidc_op.db-wal',
  'oidc_op.db-shm',
  'keys.db',
  'keys.db-wal',
  'keys.db-shm',
  'master.key',
  'watermark',
]
const PEOPLE = 40

const place = temporaryDirectory()
afterAll(() => place.remove())
const live = join(place.path, 'live')
/** Copies of the directory: early and late, while the service runs, and after it has stopped. */
const copies = {
  early: join(place.path, 'early'),
  running: join(place.path, 'running'),
  stopped: join(place.path, 'stopped'),
}
/** Who was registered and acknowledged, and who of them was erased, when a copy was made. */
const known: Record<'running' | 'stopped', { people: string[]; erased: string[] }> = {
  running: { people: [], erased: [] },
  stopped: { people: [], erased: [] },
}

beforeAll(async () => {
  const files = filesIn(live)
  const storage = await openThreadedStorage(files, () => undefined)
  const people: string[] = []
  const erased: string[] = []
  const register = async () => {
    const userid = generateUserid()
    await storage.commands.submit(command('register-user', { userid, username: userid }, SYSTEM_ACTOR))
    people.push(userid)
  }
  const erase = async () => {
    const userid = people.shift() ?? ''
    await storage.commands.submit(command('erase-user', { userid }, SYSTEM_ACTOR))
    erased.push(userid)
  }
  const copy = async (to: string) => {
    const { position } = storage.log.head()
    while (readWatermark(watermarkPath(files))?.position !== position) await pause(5)
    cpSync(live, to, { recursive: true })
  }
  for (let n = 0; n < PEOPLE; n += 1) await register()
  await copy(copies.early)
  for (let n = 0; n < PEOPLE; n += 1) await register()
  await erase()
  await Promise.all(Array.from({ length: 300 }, register))
  await copy(copies.running)
  known.running = { people: [...people].sort(), erased: [...erased] }
  await register()
  await storage.close()
  cpSync(live, copies.stopped, { recursive: true })
  known.stopped = { people: [...people].sort(), erased: [...erased] }
}, 120_000)

type Damage = (path: string, name: string) => void

function flip(path: string, at: number) {
  const file = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 0x10
  writeSync(file, byte, 0, 1, at)
  closeSync(file)
}

const DAMAGES: Record<string, Damage> = {
  missing: (path) => rmSync(path),
  'of an older copy': (path, name) =>
    existsSync(join(copies.early, name))
      ? cpSync(join(copies.early, name), path)
      : rmSync(path, { force: true }),
  'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  emptied: (path) => truncateSync(path, 0),
  'with a bit flipped at its beginning': (path) => flip(path, Math.min(20, statSync(path).size - 1)),
  'with a bit flipped in its middle': (path) => flip(path, Math.floor(statSync(path).size / 2)),
  'with a bit flipped near its end': (path) =>
    flip(path, statSync(path).size - Math.min(40, statSync(path).size)),
}

let count = 0
const fresh = () => join(place.path, `copy-${++count}`)

/** Starts on a directory; says why that was refused, or who is there and whose data can be read. */
async function start(directory: string) {
  let writer: Awaited<ReturnType<typeof openWriter>>
  try {
    writer = await openWriter(filesIn(directory), () => undefined)
  } catch (refused) {
    return { refused: refused as Error }
  }
  try {
    const { db, log, keys } = writer.installation
    const there = db.prepare('SELECT userid FROM users').pluck().all() as string[]
    const registered = db
      .prepare("SELECT subject, key_id FROM audit_entries WHERE type = 'UserRegistered'")
      .all() as { subject: string; key_id: string }[]
    const opened = await keys.load(registered.map(({ key_id }) => key_id))
    const readable = registered.filter(({ key_id }) => opened.has(key_id)).map(({ subject }) => subject)
    return { there: there.sort(), readable: readable.sort(), chain: verifyChain(log) }
  } finally {
    await writer.close()
  }
}

/** How the sentence names each file. */
const SAID: Record<string, RegExp> = {
  'oidc_op.db': /oidc_op\.db|The log is damaged at position|The read models are damaged/,
  'keys.db': /keys\.db|[Kk]ey/,
  'master.key': /master key/i,
  watermark: /watermark/,
}

/** Files without which the others say where the log ends, or hold no more than SQLite needs in passing. */
const HARMLESS = /-shm$/

describe.each(['running', 'stopped'] as const)(
  'a copy of the data directory made while the service is %s',
  (when) => {
    it('is whole by itself', async () => {
      const copy = fresh()
      cpSync(copies[when], copy, { recursive: true })
      expect(await start(copy)).toMatchObject({ there: known[when].people, readable: known[when].people })
    })

    const cases = FILES.flatMap((name) => Object.keys(DAMAGES).map((damage) => ({ name, damage })))
    it.each(cases)(
      'I2 with $name $damage: loses nothing, or does not start and says what is wrong and what to do',
      async ({ name, damage }) => {
        const path = join(copies[when], name)
        // A service that has stopped leaves no journal.
        if (!existsSync(path)) return expect(when).toBe('stopped')
        const copy = fresh()
        cpSync(copies[when], copy, { recursive: true })
        DAMAGES[damage]?.(join(copy, name), name)
        const before = contentOf(copy)
        const result = await start(copy)
        if (result.refused) {
          expect(result.refused.name, String(result.refused.stack)).toBe('StartRefused')
          expect(result.refused.message).toMatch(SAID[name.replace(/-(wal|shm)$/, '')] ?? /never/)
          expect(result.refused.message).toMatch(
            /restore|put it back|accept-loss|master key|projections rebuild/i,
          )
          expect(HARMLESS.test(name)).toBe(false)
          if (name === 'oidc_op.db-wal' || name === 'keys.db-wal')
            expect(contentOf(copy), 'nothing was written').toEqual(before)
        } else {
          expect(result).toMatchObject({ there: known[when].people, readable: known[when].people })
          // A bit in a page that no start reads is found by whoever looks for it.
          if ('reason' in (result.chain ?? {})) {
            expect((await countersign(copy, ['audit', 'verify'])).code).toBe(1)
          }
        }
        rmSync(copy, { recursive: true })
      },
    )
  },
)

function contentOf(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory)
      .filter((name) => !name.endsWith('-shm') && statSync(join(directory, name)).size > 0)
      .map((name) => [name, readFileSync(join(directory, name)).toString('base64')]),
  )
}
