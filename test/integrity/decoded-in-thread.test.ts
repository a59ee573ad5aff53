import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRepositories } from '../../src/accounts/repositories/repositories.ts'
import { decodedInThread } from '../../src/integrity/decoded-in-thread.ts'
import { decodedCommits } from '../../src/log/decoded-commits.ts'
import type { InstallationFiles } from '../../src/log/sqlite/inspection.ts'
import { openStorage } from '../../src/storage/open.ts'
import { openReadOnly } from '../../src/storage/read-only.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const place = temporaryDirectory()
const files = filesIn(place.path)
afterAll(() => place.remove())

const userid = (n: number) => `lusab-${'bdfghjklmnprstvz'[n >> 4]}a${'bdfghjklmnprstvz'[n & 15]}ab`

beforeAll(async () => {
  const storage = await openStorage(files)
  const { users } = createRepositories(storage, { kind: 'system', id: 'test' })
  for (let n = 0; n < 150; n += 1) await users.create({ userid: userid(n), username: `ünï-${n}` })
  await users.delete(userid(7))
  await storage.close()
})

async function readAll(from: InstallationFiles): Promise<void> {
  for await (const page of decodedInThread(from, 150)) expect(page).not.toEqual([])
}

describe('reading the log in a thread of its own', () => {
  it('gives what reading it here gives: every event in order, and where the log stands behind it', async () => {
    const reader = openReadOnly(files)
    const to = reader.log.head().position
    const here = []
    for await (const page of decodedCommits(reader.log, reader.keys, 0, to)) here.push(...page)
    await reader.close()
    const there = []
    let head = null
    for await (const page of decodedInThread(files, to)) {
      for (const { events, head: reached } of page) {
        there.push(...events)
        head = reached
      }
    }
    expect(there).toEqual(here.flatMap(({ events }) => events))
    expect(there).toHaveLength(151)
    expect(there.filter(({ erased }) => erased)).toHaveLength(1)
    expect(head).toEqual(here.at(-1)?.head)
  })

  it('stops where it is told to', async () => {
    const positions = []
    for await (const page of decodedInThread(files, 70)) positions.push(page.at(-1)?.head.position)
    expect(positions.at(-1)).toBe(70)
    expect(positions.length).toBeGreaterThan(1)
  })

  it('ends with whoever loses interest', async () => {
    for await (const page of decodedInThread(files, 150)) {
      expect(page).not.toEqual([])
      break
    }
  })

  it('fails with whatever failed there', async () => {
    const foreign = { ...files, masterKeyFile: join(place.path, 'foreign.key') }
    writeFileSync(foreign.masterKeyFile, randomBytes(32).toString('base64'))
    await expect(readAll(foreign)).rejects.toThrow('master key')
  })

  it('does not begin without the key file', async () => {
    rmSync(files.keys)
    await expect(readAll(files)).rejects.toThrow('keys.db is missing')
  })
})
