import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { documentKeyHash } from '../../src/documents/key-hash.ts'
import { verifyChain } from '../../src/log/verify.ts'
import type { Writer } from '../../src/storage/open.ts'
import { openWriter } from '../../src/storage/open-writer.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { tagOf, tagsIn } from '../support/persona.ts'
import { scale } from '../support/scale.ts'
import { SEED, seeded } from '../support/seeded.ts'
import { storedBytes } from '../support/stored-bytes.ts'
import { killChildren, startChild } from './support/child.ts'
import type { KillReport, KillTask } from './support/kill-child.ts'

const ROUNDS = scale(12, 200)
const RESTART_LIMIT = 2_000

describe(`a server that is killed under load, ${ROUNDS} times over (seed ${SEED})`, () => {
  const directory = temporaryDirectory()
  const random = seeded(SEED)
  const reports: KillReport[] = []
  const erased = new Set<string>()
  let checkedTo = 0
  let slowest = 0
  let interrupted = 0

  afterAll(() => {
    killChildren()
    directory.remove()
  })

  async function round(index: number): Promise<void> {
    const task: KillTask = { directory: directory.path, seed: SEED * 1_000 + index * 100, callers: 24 }
    const child = startChild<KillReport>('kill-child.ts', task)
    // One in five is killed while it starts, the first of them while it makes the files.
    const work = index % 5 === 0 ? 0 : 1 + random.below(scale(120, 300))
    if (work > 0) await child.message(() => child.messages.length > work)
    await pause(random.below(work === 0 ? 600 : 60))
    child.process.kill('SIGKILL')
    await child.ended
    expect(child.messages.filter(({ kind }) => kind === 'failure')).toEqual([])
    reports.push(...child.messages)

    interrupted += markedKeys()
    const started = performance.now()
    const writer = await openWriter(filesIn(directory.path), () => undefined)
    slowest = Math.max(slowest, performance.now() - started)
    try {
      expectKept(writer, child.messages)
      await expectErasuresFinished(writer)
    } finally {
      await writer.close()
    }
  }

  /** Counts the keys of people whose erasure the kill interrupted. */
  function markedKeys(): number {
    const { keys } = filesIn(directory.path)
    if (!existsSync(keys)) return 0
    const db = new Database(keys, { readonly: true })
    try {
      const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'subject_keys'").get()
      const marked = 'SELECT count(*) FROM subject_keys WHERE doomed_by IS NOT NULL'
      return table ? (db.prepare(marked).pluck().get() as number) : 0
    } finally {
      db.close()
    }
  }

  function expectKept({ installation }: Writer, messages: readonly KillReport[]): void {
    const count = installation.db.prepare('SELECT count(*) FROM commands WHERE id = ?').pluck()
    const find = installation.db.prepare('SELECT count(*) FROM documents WHERE key_hash = unhex(?)').pluck()
    for (const message of messages) {
      if (message.kind === 'command') expect(count.get(message.id), JSON.stringify(message)).toBe(1)
      if (message.kind === 'document') expect(find.get(documentKeyHash('test', message.key))).toBe(1)
    }
  }

  /** Every erasure that the log records is done, acknowledged or not. */
  async function expectErasuresFinished({ installation }: Writer): Promise<void> {
    const { db, log, keys } = installation
    const keysOf = db
      .prepare('SELECT DISTINCT key_id FROM events WHERE stream = ? AND key_id IS NOT NULL')
      .pluck()
    expect(await keys.marked()).toEqual([])
    for (const event of log.eventsBetween(checkedTo, log.head().sequence)) {
      checkedTo = event.sequence
      if (event.type !== 'UserErased' || event.subject === null) continue
      erased.add(tagOf(event.subject))
      expect(await keys.load(keysOf.all(event.stream) as string[])).toEqual(new Map())
    }
    for (const [path, bytes] of storedBytes(directory.path)) {
      const left = [...tagsIn(bytes)].filter((tag) => erased.has(tag))
      expect(
        left.map((tag) => surroundings(bytes, tag)),
        `erased people in ${path}`,
      ).toEqual([])
    }
  }

  it(
    'keeps what it acknowledged and finishes what it had begun, at every restart',
    async () => {
      for (let index = 0; index < ROUNDS; index += 1) await round(index)
      expect(slowest).toBeLessThanOrEqual(RESTART_LIMIT)
    },
    ROUNDS * 10_000,
  )

  it('is whole in the end', async () => {
    const writer = await openWriter(filesIn(directory.path), () => undefined)
    const { db, log, keys } = writer.installation
    try {
      expectKept(writer, reports)
      expect(verifyChain(log)).toEqual(log.head())
      expect(await differenceFromLog(db, log, keys)).toBeNull()
      const commands = reports.filter(({ kind }) => kind === 'command')
      expect(commands.length).toBeGreaterThan(ROUNDS)
      console.log(
        `kill -9: ${ROUNDS} rounds, ${commands.length} commands acknowledged, ${log.head().sequence} events, ` +
          `${erased.size} people erased, ${interrupted} erasures interrupted, ` +
          `slowest restart ${slowest.toFixed(0)} ms`,
      )
    } finally {
      await writer.close()
    }
  }, 120_000)
})

/** Shows where in a file of pages a text is, to help find out how it got there. */
function surroundings(bytes: Buffer, text: string): string {
  const place = bytes.indexOf(text)
  const around = bytes.subarray(Math.max(0, place - 100), place + 100).toString('latin1')
  return `page ${Math.floor(place / 4096) + 1}, byte ${place % 4096}: ${JSON.stringify(around)}`
}
