import { readdirSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { upcast } from '../../src/events/catalogue.ts'
import type { RecordedEvent } from '../../src/events/envelope.ts'
import { createProjector } from '../../src/projections/projector.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'

// Credentials from before it was recorded who set them: an upgrade of what is stored and a rebuild from the log must
// read the same out of who caused the event.

const ADA = 'lusab-babad'
const NUMBER = '009'
const folder = new URL('../../migrations/', import.meta.url)
const TIMES = ['2030-01-01T00:00:00.000Z', '2030-01-01T01:00:00.000Z', '2030-01-01T02:00:00.000Z'] as const

interface Past {
  what: string
  /** Who caused the event that set it: the user, or somebody else. */
  passwords: readonly string[]
  passkey: string
  expected: { password: string; passkey: string }
}

const PASTS: readonly Past[] = [
  { what: 'the owner', passwords: [ADA], passkey: ADA, expected: { password: 'owner', passkey: 'owner' } },
  {
    what: 'somebody else',
    passwords: ['root'],
    passkey: 'gutih-tugad',
    expected: { password: 'other', passkey: 'other' },
  },
  {
    what: 'the owner in the end',
    passwords: ['root', ADA],
    passkey: 'root',
    expected: { password: 'owner', passkey: 'other' },
  },
  {
    what: 'somebody else in the end',
    passwords: [ADA, 'root'],
    passkey: ADA,
    expected: { password: 'other', passkey: 'owner' },
  },
]

function eventsOf({ passwords, passkey }: Past) {
  const set = passwords.map((actor, index) => ({
    type: 'PasswordSet',
    time: TIMES[index] ?? '',
    actor,
    data: { userid: ADA, password_hash: `$${index}` },
  }))
  const registered = {
    type: 'PasskeyRegistered',
    time: TIMES[2],
    actor: passkey,
    data: {
      userid: ADA,
      sign_count: 0,
      backup_eligible: false,
      backup_state: false,
      credential_id: 'AAAA',
      public_key: 'BBBB',
      device_name: '',
      transports: [],
      aaguid: '',
    },
  }
  return [...set, registered]
}

const rowsOf = (sql: Database.Database) => ({
  password: sql.prepare('SELECT set_by FROM password_credentials').pluck().get(),
  passkey: sql.prepare('SELECT set_by FROM webauthn_credentials').pluck().get(),
})

describe('M11 a credential from before it was recorded who set it', () => {
  it.each(PASTS)('is the owner’s only if the owner set it: $what', (past) => {
    const old = new Database(':memory:')
    const files = readdirSync(folder).sort()
    for (const file of files.filter((name) => name < NUMBER))
      old.exec(readFileSync(new URL(file, folder), 'utf8'))
    old
      .prepare(
        `INSERT INTO users (userid, username, created_at, updated_at, username_key, webauthn_user_id)
         VALUES (?, 'ada', '', '', 'ada', '')`,
      )
      .run(ADA)
    eventsOf(past).forEach(({ type, time, actor }, index) => {
      old
        .prepare(
          `INSERT INTO audit_entries (sequence, time, type, stream, version, subject, actor) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(index + 1, time, type, `user-${ADA}`, index + 1, ADA, actor)
    })
    old
      .prepare('INSERT INTO password_credentials (user_id, password_hash, created_at) VALUES (?, ?, ?)')
      .run(ADA, '$', TIMES[past.passwords.length - 1])
    old
      .prepare(
        'INSERT INTO webauthn_credentials (user_id, credential_id, public_key, created_at) VALUES (?, ?, ?, ?)',
      )
      .run(ADA, Buffer.from('AAAA', 'base64url'), Buffer.from('BBBB', 'base64url'), TIMES[2])
    old.exec(readFileSync(new URL(files.find((name) => name.startsWith(NUMBER)) ?? '', folder), 'utf8'))
    expect(rowsOf(old)).toEqual(past.expected)

    const rebuilt = emptyReadModels()
    rebuilt.exec(
      `INSERT INTO users (userid, username, created_at, updated_at, username_key, webauthn_user_id)
       VALUES ('${ADA}', 'ada', '', '', 'ada', '')`,
    )
    const projector = createProjector(rebuilt)
    eventsOf(past).forEach(({ type, time, actor, data }, index) => {
      const header = {
        sequence: index + 1,
        version: index + 1,
        stream: `user-${ADA}`,
        subject: ADA,
        key_id: 'k',
      }
      projector.apply({
        ...header,
        type,
        time,
        actor_kind: 'user',
        actor_id: actor,
        client: null,
        erased: false,
        data: upcast(type, 1, data),
      } as unknown as RecordedEvent)
    })
    expect(rowsOf(rebuilt as unknown as Database.Database)).toEqual(past.expected)
  })
})
