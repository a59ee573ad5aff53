import { cpSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRepositories } from '../../src/accounts/repositories/repositories.ts'
import { command } from '../../src/commands/command.ts'
import { digestOf } from '../../src/projections/compare.ts'
import { openThreadedStorage } from '../../src/storage/open.ts'
import { answerOf, countersign } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const place = temporaryDirectory()
afterAll(() => place.remove())

const original = join(place.path, 'original')
let copies = 0
let directory: string
let ada: string
let bob: string

beforeAll(async () => {
  const create = (name: string) =>
    answerOf(original, [
      'user',
      'create',
      '--username',
      name,
      '--group',
      'staff',
      '--email',
      `${name}@example.org`,
    ])
  ada = (await create('ada')).userid
  bob = (await create('bob')).userid
  await answerOf(original, ['invite', 'create', '--username', 'carl'])
})

beforeEach(() => {
  copies += 1
  directory = join(place.path, `copy-${copies}`)
  cpSync(original, directory, { recursive: true })
})

const run = (...args: string[]) => countersign(directory, ['projections', ...args])

function onDatabase<T>(work: (db: Database.Database) => T): T {
  const db = new Database(join(directory, 'oidc_op.db'))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

const digest = () => onDatabase(digestOf)

describe('projections status', () => {
  it('shows the position of the read models', async () => {
    expect(await answerOf(directory, ['projections', 'status'])).toEqual({
      log_position: 3,
      log_sequence: 3,
      position: 3,
      sequence: 3,
      current: true,
      rows: {
        audit_entries: 3,
        users: 2,
        user_groups: 2,
        webauthn_credentials: 0,
        password_credentials: 0,
        magic_links: 1,
        clients: 0,
        sessions: 0,
        signing_keys: 0,
        relying_party_ids: 0,
        closed_streams: 0,
      },
    })
  })
})

describe('projections verify and rebuild', () => {
  it('find the same tables, and leave nothing behind', async () => {
    const before = digest()
    const files = readdirSync(directory)
    expect((await run('verify')).stdout).toBe('The read models agree with the log, up to event 3\n')
    expect(await answerOf(directory, ['projections', 'rebuild'])).toEqual({
      events: 3,
      position: 3,
      changed_rows: 0,
    })
    expect(digest()).toBe(before)
    const left = readdirSync(directory).filter((name) => !files.includes(name) && !/-(wal|shm)$/.test(name))
    expect(left).toEqual([])
  })

  const TAMPERED: [name: string, sql: () => string, told: () => string, rows: number][] = [
    [
      'a changed row',
      () => `UPDATE users SET given_name = 'Mallory', active = 0 WHERE userid = '${ada}'`,
      () => `users {"userid":"${ada}"}: different in given_name, active`,
      2,
    ],
    [
      'a removed row',
      () => `DELETE FROM users WHERE userid = '${bob}'`,
      () => `users {"userid":"${bob}"}: missing`,
      1,
    ],
    [
      'an added row',
      () => `INSERT INTO user_groups (userid, group_name) VALUES ('${ada}', 'admin')`,
      () => `user_groups {"userid":"${ada}","group_name":"admin"}: unexpected`,
      1,
    ],
    [
      'two names that changed places',
      () => `UPDATE users SET username_key = 'x' WHERE userid = '${ada}';
             UPDATE users SET username_key = 'ada' WHERE userid = '${bob}';
             UPDATE users SET username_key = 'bob' WHERE userid = '${ada}'`,
      () => `users {"userid":"${[ada, bob].sort()[0]}"}: different in username_key`,
      4,
    ],
    [
      'a removed audit entry',
      () => 'DELETE FROM audit_entries WHERE sequence = 2',
      () => 'audit_entries {"sequence":2}: missing',
      1,
    ],
    [
      'a head that is told wrong',
      () => 'UPDATE read_model_head SET sequence = 2',
      () => 'read_model_head {"position":3}: different',
      2,
    ],
  ]

  it.each(TAMPERED)('names %s, and makes it good', async (_, sql, told, rows) => {
    const before = digest()
    onDatabase((db) => db.exec(sql()))
    const found = await run('verify')
    expect(found).toEqual({ code: 1, stdout: '', stderr: `${told()}\n` })
    const { changed_rows } = await answerOf(directory, ['projections', 'rebuild'])
    // A removed user takes the memberships along, and they are made good too.
    expect(changed_rows).toBeGreaterThanOrEqual(rows)
    expect((await run('verify')).code).toBe(0)
    expect(digest()).toBe(before)
  })

  it('catch up read models that stand behind the log', async () => {
    const before = digest()
    onDatabase((db) => {
      db.exec('DELETE FROM magic_links; DELETE FROM audit_entries WHERE sequence = 3')
      db.prepare('UPDATE read_model_head SET position = 2, sequence = 2').run()
    })
    const refused = await countersign(directory, ['user', 'list'])
    expect(refused.stderr).toContain('run `countersign projections rebuild`')
    expect((await run('rebuild')).code).toBe(0)
    expect(digest()).toBe(before)
    expect((await countersign(directory, ['user', 'list'])).code).toBe(0)
  })

  it('do not hide that commits are missing', async () => {
    onDatabase((db) => {
      db.exec('DROP TRIGGER commits_stay; DROP TRIGGER events_stay; DROP TRIGGER commands_stay')
      for (const table of ['commits', 'events', 'commands'])
        db.exec(`DELETE FROM ${table} WHERE position = 3`)
    })
    const { code, stderr } = await run('rebuild')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^The log .* ends at position 2, but position 3 was on the disk: commits are missing\. .*accept-loss/,
    )
  })

  it('stop at a damaged log and change nothing', async () => {
    onDatabase((db) => {
      db.exec(`DROP TRIGGER events_keep; UPDATE events SET actor_id = 'x' WHERE sequence = 1`)
      db.exec(`UPDATE users SET given_name = 'Mallory'`)
    })
    const before = digest()
    for (const verb of ['verify', 'rebuild']) {
      expect((await run(verb)).stderr).toMatch(/^The log is damaged at position 1: /)
    }
    expect(digest()).toBe(before)
  })

  it('clear away what an interrupted rebuild left', async () => {
    const left = join(directory, 'oidc_op.db.rebuild-01900000-0000-7000-8000-000000000000')
    writeFileSync(left, 'personal data')
    expect((await run('verify')).code).toBe(0)
    expect(readdirSync(directory).filter((name) => name.includes('.rebuild-'))).toEqual([])
  })

  it('work while the service writes and erases', async () => {
    const storage = await openThreadedStorage(filesIn(directory), () => undefined)
    try {
      const actor = { kind: 'system', id: 'test' } as const
      const { users } = createRepositories(storage, actor)
      let writing = true
      let count = 0
      const load = async () => {
        while (writing) {
          const userid = `lusab-${['b', 'd', 'f', 'g', 'h'][count % 5]}abab`
          count += 1
          if (await users.isUseridTaken(userid)) {
            const changes = { nickname: `n${count}` }
            await storage.commands.submit(command('change-user', { userid: ada, changes }, actor))
          } else {
            await users.create({ userid, username: `u${count}` })
            await users.delete(userid)
          }
        }
      }
      const done = load()
      for (let round = 0; round < 3; round += 1) {
        expect(await run('verify')).toMatchObject({ code: 0 })
        expect(await answerOf(directory, ['projections', 'rebuild'])).toMatchObject({ changed_rows: 0 })
      }
      writing = false
      await done
    } finally {
      await storage.close()
    }
    expect((await run('verify')).code).toBe(0)
  })
})
