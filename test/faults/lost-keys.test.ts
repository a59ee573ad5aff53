import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../src/storage/open.ts'
import { answerOf, countersign } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const place = temporaryDirectory()
afterAll(() => place.remove())
const original = join(place.path, 'original')
/** The key file before the last person was erased. */
const olderKeys = join(place.path, 'older-keys.db')
let ada = ''
let link = ''

beforeAll(async () => {
  const created = await answerOf(original, ['user', 'create', '--username', 'ada', '--group', 'staff'])
  ada = created.userid
  await answerOf(original, ['user', 'create', '--username', 'bob'])
  const gone = await answerOf(original, ['user', 'create', '--username', 'gone'])
  await answerOf(original, [
    'client',
    'create',
    '--client-id',
    'app',
    '--public',
    '--redirect-uri',
    'https://app.example/cb',
  ])
  const invited = await answerOf(original, ['invite', 'create', '--username', 'eve'])
  link = invited.link_id
  cpSync(join(original, 'keys.db'), olderKeys)
  await answerOf(original, ['user', 'erase', gone.userid])
})

let count = 0
function copyOf(): string {
  const directory = join(place.path, `copy-${++count}`)
  cpSync(original, directory, { recursive: true })
  return directory
}

function inFile(directory: string, name: string, work: (db: Database.Database) => void) {
  const db = new Database(join(directory, name))
  work(db)
  db.close()
}

const users = (directory: string) => {
  const db = new Database(join(directory, 'oidc_op.db'), { readonly: true })
  const names = db.prepare('SELECT username FROM users ORDER BY username').pluck().all()
  db.close()
  return names
}

function keyOf(directory: string, stream: string): string {
  const db = new Database(join(directory, 'oidc_op.db'), { readonly: true })
  const key = db
    .prepare('SELECT key_id FROM audit_entries WHERE stream = ? AND key_id IS NOT NULL')
    .pluck()
    .get(stream)
  db.close()
  return String(key)
}

const SUBJECTS: Record<string, () => string> = {
  user: () => `user-${ada}`,
  link: () => `link-${link}`,
  application: () => 'client-app',
}

const LOSSES: Record<string, (db: Database.Database, key: string) => void> = {
  'its row removed': (db, key) => db.prepare('DELETE FROM subject_keys WHERE id = ?').run(key),
  'marked as destroyed by hand': (db, key) =>
    db.prepare('UPDATE subject_keys SET destroyed = 1, wrapped = zeroblob(60) WHERE id = ?').run(key),
  'overwritten with zeros': (db, key) =>
    db.prepare('UPDATE subject_keys SET wrapped = zeroblob(60) WHERE id = ?').run(key),
  'removed together with its count': (db, key) => {
    db.prepare('DELETE FROM subject_keys WHERE id = ?').run(key)
    db.exec('UPDATE key_file_state SET made = made - 1')
  },
}

const cases = Object.keys(SUBJECTS).flatMap((subject) =>
  Object.keys(LOSSES).map((loss) => ({ subject, loss })),
)

describe.each(cases)(
  'the key of a living $subject, $loss, is damage and no erasure:',
  ({ subject, loss }) => {
    let directory: string
    let stream: string
    beforeAll(() => {
      directory = copyOf()
      stream = SUBJECTS[subject]?.() ?? ''
      inFile(directory, 'keys.db', (db) => LOSSES[loss]?.(db, keyOf(directory, stream)))
    })

    it('I11 the start is refused and names it, doctor names it, a rebuild changes nothing', async () => {
      await expect(openStorage(filesIn(directory))).rejects.toMatchObject({
        name: 'StartRefused',
        message: expect.stringMatching(
          new RegExp(
            `key of 1 subject is missing or damaged.*${stream.replace('-', ' ')}.*restore.*accept-loss`,
          ),
        ),
      })
      const doctor = await countersign(directory, ['doctor'])
      expect(doctor.code).toBe(1)
      expect(doctor.stdout).toContain(stream.replace('-', ' '))
      const before = users(directory)
      for (const verb of ['rebuild', 'verify']) {
        const result = await countersign(directory, ['projections', verb])
        expect(result).toMatchObject({ code: 1, stdout: '' })
        expect(result.stderr).toMatch(/missing or damaged|is damaged/)
      }
      expect(users(directory)).toEqual(before)
    })

    it('I9 the loss is accepted by an event, and then the service starts without that subject', async () => {
      const accepted = await answerOf(directory, ['log', 'accept-loss'])
      expect(accepted).toMatchObject({ epoch: 2, lost: [stream] })
      const storage = await openStorage(filesIn(directory))
      expect(storage.log.head().epoch).toBe(2)
      await storage.close()
      expect(users(directory)).toEqual(subject === 'user' ? ['bob'] : ['ada', 'bob'])
      expect((await countersign(directory, ['projections', 'verify'])).code).toBe(0)
      expect((await countersign(directory, ['audit', 'verify'])).code).toBe(0)
      const events = await answerOf(directory, ['events', 'list', '--type', 'LossAccepted'])
      expect(events).toMatchObject([
        { data: { from_epoch: 1, lost_streams: expect.arrayContaining([stream]) } },
      ])
      expect((await countersign(directory, ['log', 'accept-loss'])).stderr).toMatch(/^Nothing is missing/)
      if (subject !== 'application') return
      await answerOf(directory, [
        'client',
        'create',
        '--client-id',
        'app',
        '--public',
        '--redirect-uri',
        'https://app.example/cb',
      ])
      expect(await answerOf(directory, ['client', 'show', 'app'])).toMatchObject({ client_id: 'app' })
      expect((await countersign(directory, ['projections', 'verify'])).code).toBe(0)
    })
  },
)

describe('an event whose key is missing', () => {
  it.each(Object.keys(SUBJECTS))(
    'of a living %s is shown as unreadable, never as erased',
    async (subject) => {
      const directory = copyOf()
      const stream = SUBJECTS[subject]?.() ?? ''
      const key = keyOf(directory, stream)
      const storage = await openStorage(filesIn(directory))
      try {
        const { decodeEvents } = await import('../../src/log/decode-events.ts')
        const { auditData } = await import('../../src/events/payload.ts')
        inFile(directory, 'keys.db', (db) => db.prepare('DELETE FROM subject_keys WHERE id = ?').run(key))
        const events = await decodeEvents(storage.log.eventsAfter(0, 100), storage.log, storage.keys)
        const shown = events
          .filter(({ key_id }) => key_id !== null)
          .map((event) => ({ stream: event.stream, data: auditData(event) }))
        expect(shown.filter((event) => event.stream === stream).map(({ data }) => data)).toEqual([
          { unreadable: true },
        ])
        expect(shown.filter(({ data }) => 'erased' in data)).toHaveLength(1)
      } finally {
        await storage.close()
      }
    },
  )
})

describe('an older key file', () => {
  it('I9 that brings the key of an erased person back is refused, and accepting the loss destroys the key again', async () => {
    const directory = copyOf()
    rmSync(join(directory, 'keys.db'))
    cpSync(olderKeys, join(directory, 'keys.db'))
    await expect(openStorage(filesIn(directory))).rejects.toThrow(
      /keys are missing, or destroyed ones are back/,
    )
    await answerOf(directory, ['log', 'accept-loss'])
    const storage = await openStorage(filesIn(directory))
    try {
      const events = storage.log.eventsAfter(0, 100)
      const erased = events.find(({ type }) => type === 'UserErased')
      const first = events.find((event) => event.type === 'UserRegistered' && event.stream === erased?.stream)
      expect((await storage.keys.load([first?.key_id ?? ''])).size).toBe(0)
      expect(
        storage.views.users
          .list(0, 10)
          .map(({ username }) => username)
          .sort(),
      ).toEqual(['ada', 'bob'])
    } finally {
      await storage.close()
    }
  })
})

describe('a log that was cut', () => {
  it('is continued in a new epoch once the loss is accepted, and the event says what was lost', async () => {
    const directory = copyOf()
    inFile(directory, 'oidc_op.db', (db) => {
      for (const table of ['commits', 'commands', 'events']) db.exec(`DROP TRIGGER ${table}_stay`)
      for (const table of ['commits', 'commands', 'events'])
        db.exec(`DELETE FROM ${table} WHERE position > 5`)
      db.exec('DELETE FROM audit_entries WHERE sequence > (SELECT max(sequence) FROM events)')
      db.exec(
        'UPDATE read_model_head SET (position, epoch, sequence, hash) = (SELECT position, epoch, (SELECT max(sequence) FROM events), hash FROM commits WHERE position = 5)',
      )
    })
    await expect(openStorage(filesIn(directory))).rejects.toThrow(
      /ends at position 5, but position 6 was on the disk/,
    )
    const accepted = await answerOf(directory, ['log', 'accept-loss'])
    expect(accepted).toMatchObject({
      epoch: 2,
      losses: [expect.stringMatching(/ends at position 5/)],
    })
    const events = await answerOf(directory, ['events', 'list', '--type', 'LossAccepted'])
    expect(events[0]).toMatchObject({ data: { from_epoch: 1, position: 5, seen_position: 6 } })
  })

  it('without a watermark is continued the same way', async () => {
    const directory = copyOf()
    rmSync(join(directory, 'watermark'))
    await expect(openStorage(filesIn(directory))).rejects.toThrow(/watermark .* is missing/)
    expect(await answerOf(directory, ['log', 'accept-loss'])).toMatchObject({ epoch: 2, lost: [] })
    await (await openStorage(filesIn(directory))).close()
  })
})
