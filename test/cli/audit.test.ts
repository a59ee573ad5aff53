import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerOf, countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

const place = temporaryDirectory()
afterAll(() => place.remove())

const original = join(place.path, 'original')
let copies = 0
let directory: string
const checkpoint = join(place.path, 'checkpoint.json')

beforeAll(async () => {
  for (const name of ['ada', 'bob', 'carl']) await answerOf(original, ['user', 'create', '--username', name])
  writeFileSync(checkpoint, (await countersign(original, ['audit', 'checkpoint'])).stdout)
  await answerOf(original, ['user', 'create', '--username', 'dora'])
})

beforeEach(() => {
  copies += 1
  directory = join(place.path, `copy-${copies}`)
  cpSync(original, directory, { recursive: true })
})

const verify = (...args: string[]) => countersign(directory, ['audit', 'verify', ...args])

function tamper(sql: string): void {
  const db = new Database(join(directory, 'oidc_op.db'))
  for (const table of ['commits', 'commands', 'events']) {
    db.exec(`DROP TRIGGER ${table}_keep; DROP TRIGGER ${table}_stay`)
  }
  db.exec(sql)
  db.close()
}

describe('audit verify', () => {
  it('finds nothing in a log that is sound', async () => {
    const { code, stdout } = await verify()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^The log is sound: 4 commits, 4 events, [0-9a-f]{64}\n$/)
    expect(await answerOf(directory, ['audit', 'verify'])).toMatchObject({
      ok: true,
      position: 4,
      sequence: 4,
    })
  })

  const FAULTS: [name: string, sql: string, position: number, reason: string][] = [
    ['a changed event', `UPDATE events SET actor_id = 'x' WHERE sequence = 2`, 2, 'hash does not match'],
    ['a changed commit', `UPDATE commits SET time = '2020' WHERE position = 3`, 3, 'hash does not match'],
    ['a changed outcome', `UPDATE commands SET outcome = '{}' WHERE position = 1`, 1, 'hash does not match'],
    ['a removed commit', 'DELETE FROM commits WHERE position = 2', 2, 'commit 2 is missing'],
    ['a removed event', 'DELETE FROM events WHERE sequence = 4', 4, 'hash does not match'],
    [
      'an event without a commit',
      `INSERT INTO events SELECT 5, 9, 'x', stream, 2, type, schema_version, time, actor_kind, actor_id, subject,
         client, request, session, flow, correlation, causation, 'x', key_id, payload FROM events WHERE sequence = 1`,
      9,
      'an event there belongs to no commit',
    ],
    [
      'a command without a commit',
      `INSERT INTO commands VALUES (7, 0, 'x', 'erase-user', '{}')`,
      7,
      'a command there belongs to no commit',
    ],
  ]

  it.each(FAULTS)('names the position of %s', async (_, sql, position, reason) => {
    tamper(sql)
    const { code, stdout, stderr } = await verify()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^position ${position}: ${reason}.*\\n$`))
    const json = await verify('--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, position })
  })

  it('finds a cut tail by the watermark, and without it only with a checkpoint', async () => {
    const cut = 'DELETE FROM commits WHERE position > 2; DELETE FROM events WHERE position > 2'
    tamper(`${cut}; DELETE FROM commands WHERE position > 2`)
    expect(await verify()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^position 3: The log .* ends at position 2, but position 4 was on the disk: commits are missing\n$/,
      ),
    })
    rmSync(join(directory, 'watermark'))
    const db = new Database(join(directory, 'oidc_op.db'))
    db.exec('DELETE FROM watermark_kept')
    db.close()
    expect((await verify()).code).toBe(0)
    const { code, stderr } = await verify('--checkpoint', checkpoint)
    expect(code).toBe(1)
    expect(stderr).toBe('position 3: the log ends here, but the checkpoint is of 3\n')
  })

  it('accepts a log that has grown since the checkpoint', async () => {
    expect((await verify('--checkpoint', checkpoint)).code).toBe(0)
  })

  it('believes no checkpoint that was changed, or that another installation signed', async () => {
    const genuine = JSON.parse((await countersign(directory, ['audit', 'checkpoint'])).stdout)
    const changed = join(directory, 'changed.json')
    writeFileSync(changed, JSON.stringify({ ...genuine, position: 1 }))
    expect((await verify('--checkpoint', changed)).stderr).toContain('was not signed by this installation')
    const elsewhere = join(directory, 'elsewhere')
    await answerOf(elsewhere, ['user', 'create', '--username', 'eve'])
    const foreign = await countersign(elsewhere, ['audit', 'verify', '--checkpoint', checkpoint])
    expect(foreign).toMatchObject({ code: 1, stdout: '' })
  })

  it('says so when a checkpoint cannot be read', async () => {
    const { code, stderr } = await verify('--checkpoint', join(directory, 'nothing.json'))
    expect(code).toBe(1)
    expect(stderr).toMatch(/nothing\.json is not a readable checkpoint\n$/)
  })
})
