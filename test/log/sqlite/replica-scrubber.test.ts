import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runAtOnce } from '../../../src/log/port.ts'
import { openForWriting, type SqliteDatabase } from '../../../src/log/sqlite/database.ts'
import { ReplicaScrubber } from '../../../src/log/sqlite/replica-scrubber.ts'
import { temporaryDirectory } from '../../support/installation.ts'

const OWN = { users: true, byOther: false }
const OF_ANOTHER_NODE = { users: true, byOther: true }

let directory: ReturnType<typeof temporaryDirectory>
let db: SqliteDatabase
let scrubber: ReplicaScrubber

beforeEach(() => {
  directory = temporaryDirectory()
  db = openForWriting(join(directory.path, 'replica.db'))
  db.exec('CREATE TABLE people (name TEXT)')
  scrubber = new ReplicaScrubber(db)
})

afterEach(() => {
  db.close()
  directory.remove()
})

/** Scrubs after an erasure, while something else happens during the search. */
async function scrub(meanwhile: () => void = () => undefined): Promise<void> {
  scrubber.traceLeft(OWN)
  const searching = scrubber.scrub([Buffer.from('somebody')], () => false, runAtOnce)
  meanwhile()
  await searching
}

/** Tells whether a start would have to rewrite the file, because traces may be left that cannot be searched for. */
function isMarked(): boolean {
  return (db.pragma('user_version', { simple: true }) as number) !== 0
}

it('clears the mark of traces that it has searched for', async () => {
  await scrub()
  expect(isMarked()).toBe(false)
})

it('keeps the mark of erasures during the search, until the next one', async () => {
  await scrub(() => scrubber.traceLeft(OWN))
  expect(isMarked()).toBe(true)
  await scrub()
  expect(isMarked()).toBe(false)
})

it('rewrites the file after the search, for people whom another node erased meanwhile', async () => {
  await scrub(() => {
    scrubber.traceLeft(OF_ANOTHER_NODE)
    expect(() => scrubber.rewrite()).toThrow('while an old state is being read')
    expect(isMarked()).toBe(true)
  })
  expect(isMarked()).toBe(false)
})
