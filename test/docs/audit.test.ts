import { createHash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { answerOf } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

// A program of somebody else's, written from docs/audit.md alone: it imports nothing of the chain.

type Field = string | number | Buffer | null

function joined(fields: Field[]): string {
  return fields
    .map((field) => {
      if (field === null) return 'x0:'
      if (typeof field === 'number') return `n${String(field).length}:${field}`
      if (typeof field === 'string') return `s${Buffer.byteLength(field)}:${field}`
      return `b${field.length * 2}:${field.toString('hex')}`
    })
    .join('')
}

const hash = (...fields: Field[]) => createHash('sha256').update(joined(fields)).digest()

// biome-ignore lint/suspicious/noExplicitAny: a program outside this project has no types of ours
type Row = { [column: string]: any }

function hashesByTheBook(db: Database.Database): { wanted: string[]; found: string[] } {
  const log = db.prepare('SELECT id FROM log').pluck().get() as string
  const all = (sql: string, position: number) => db.prepare(sql).all(position) as Row[]
  let previous = hash('countersign/genesis/1', log)
  const wanted: string[] = []
  const found: string[] = []
  for (const commit of db.prepare('SELECT * FROM commits ORDER BY position').all() as Row[]) {
    const { epoch, position, id, time } = commit
    const commands = all('SELECT * FROM commands WHERE position = ? ORDER BY ordinal', position)
    const events = all('SELECT * FROM events WHERE position = ? ORDER BY sequence', position)
    const fields: Field[] = [
      'countersign/commit/1',
      log,
      epoch,
      position,
      previous,
      id,
      time,
      commands.length,
    ]
    for (const { id, type, outcome } of commands) fields.push(id, type, outcome)
    for (const event of events) {
      const { sequence, stream, version, type, schema_version, actor_kind, actor_id, subject, client } = event
      const { request, session, flow, correlation, causation, command, key_id, payload } = event
      const context = [request, session, flow, correlation, causation, command, key_id]
      const what = [sequence, event.id, stream, version, type, schema_version, event.time]
      const who = [actor_kind, actor_id, subject, client]
      const payloadHash = hash('countersign/payload/1', payload)
      fields.push(hash('countersign/event/1', ...what, ...who, ...context, payloadHash))
    }
    previous = hash(...fields)
    wanted.push(previous.toString('hex'))
    found.push(Buffer.from(commit.hash).toString('hex'))
  }
  return { wanted, found }
}

describe('the page about the proof of the log', () => {
  const place = temporaryDirectory()
  afterAll(() => place.remove())

  it('says all that is needed to check the chain', async () => {
    for (const name of ['ada', 'zoë-山田', 'bob']) {
      await answerOf(place.path, ['user', 'create', '--username', name, '--group', 'staff'])
    }
    await answerOf(place.path, ['user', 'erase', 'ada'])
    const db = new Database(join(place.path, 'oidc_op.db'), { readonly: true })
    const { wanted, found } = hashesByTheBook(db)
    db.close()
    expect(found).toEqual(wanted)
    expect(found).toHaveLength(4)
    expect((await answerOf(place.path, ['audit', 'verify'])).hash).toBe(wanted.at(-1))
  })
})
