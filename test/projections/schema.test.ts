import { readdirSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { READ_MODEL_TABLES } from '../../src/projections/catalogue.ts'

interface Column {
  type: 'TEXT' | 'INTEGER' | 'BLOB'
  notNull?: true
  default?: string
}

interface Table {
  columns: Record<string, Column>
  primaryKey: string[]
  /** Sets of columns that are unique besides the primary key. */
  unique?: string[][]
  /** The column that refers to `users.userid` and goes with it. */
  ofUser?: string
}

const text: Column = { type: 'TEXT' }
const needed: Column = { type: 'TEXT', notNull: true }
const flag = (value: '0' | '1'): Column => ({ type: 'INTEGER', notNull: true, default: value })

/** What the approved specification of the service says its tables are. Columns may be added, none may go. */
const SPECIFIED: Record<string, Table> = {
  users: {
    columns: {
      userid: text,
      username: needed,
      preferred_username: text,
      given_name: text,
      family_name: text,
      nickname: text,
      email: text,
      email_verified: flag('0'),
      phone_number: text,
      phone_number_verified: flag('0'),
      picture: text,
      locale: text,
      active: flag('1'),
      created_at: needed,
      updated_at: needed,
    },
    primaryKey: ['userid'],
    unique: [['username']],
  },
  user_groups: {
    columns: { userid: needed, group_name: needed },
    primaryKey: ['userid', 'group_name'],
    ofUser: 'userid',
  },
  webauthn_credentials: {
    columns: {
      user_id: needed,
      credential_id: { type: 'BLOB', notNull: true },
      public_key: { type: 'BLOB', notNull: true },
      sign_count: flag('0'),
      device_name: { ...needed, default: "''" },
      created_at: needed,
    },
    primaryKey: ['user_id', 'credential_id'],
    unique: [['credential_id']],
    ofUser: 'user_id',
  },
  password_credentials: {
    columns: { user_id: needed, password_hash: needed, created_at: needed },
    primaryKey: ['user_id'],
    ofUser: 'user_id',
  },
  magic_links: {
    columns: {
      token: needed,
      username: needed,
      expires_at: needed,
      used: flag('0'),
      created_by: text,
      note: text,
    },
    primaryKey: ['token'],
  },
  _migrations: {
    columns: { id: { type: 'INTEGER' }, filename: needed, applied_at: needed },
    primaryKey: ['id'],
    unique: [['filename']],
  },
}

interface ColumnInfo {
  name: string
  type: string
  notnull: number
  dflt_value: string | null
  pk: number
}

const migrations = new URL('../../migrations/', import.meta.url)
const db = new Database(':memory:')
db.exec(
  'CREATE TABLE _migrations (id INTEGER PRIMARY KEY, filename TEXT NOT NULL UNIQUE, applied_at TEXT NOT NULL) STRICT',
)
for (const name of readdirSync(migrations).sort()) db.exec(readFileSync(new URL(name, migrations), 'utf8'))

const rows = <T>(pragma: string) => db.pragma(pragma) as T[]

describe.each(Object.entries(SPECIFIED))(
  'table %s',
  (table, { columns, primaryKey, unique = [], ofUser }) => {
    const found = rows<ColumnInfo>(`table_info(${table})`)

    it.each(Object.entries(columns))('has the column %s', (name, column) => {
      const info = found.find((candidate) => candidate.name === name)
      const { type, notnull, dflt_value } = info ?? {}
      // A primary key is never absent, whether the table says so or not.
      const mayBeNull = notnull === 0 && !primaryKey.includes(name)
      expect({ type, notNull: !mayBeNull, default: dflt_value }).toEqual({
        type: column.type,
        notNull: column.notNull === true || primaryKey.includes(name),
        default: column.default ?? null,
      })
    })

    it('has its primary key', () => {
      const key = found.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
      expect(key.map(({ name }) => name)).toEqual(primaryKey)
    })

    it('keeps unique what is unique', () => {
      const indexes = rows<{ name: string; unique: number; partial: number }>(`index_list(${table})`)
      const sets = indexes
        .filter((index) => index.unique === 1 && index.partial === 0)
        .map((index) => rows<{ name: string }>(`index_info(${index.name})`).map(({ name }) => name))
      for (const set of unique) expect(sets).toContainEqual(set)
    })

    it('goes with its user', () => {
      const keys = rows<{ table: string; from: string; to: string; on_delete: string }>(
        `foreign_key_list(${table})`,
      )
      const wanted = ofUser ? [{ table: 'users', from: ofUser, to: 'userid', on_delete: 'CASCADE' }] : []
      expect(keys.map(({ table, from, to, on_delete }) => ({ table, from, to, on_delete }))).toEqual(wanted)
    })
  },
)

describe('every read model table', () => {
  it.each(Object.entries(READ_MODEL_TABLES))('%s exists and is ordered by its primary key', (table, key) => {
    const primary = rows<ColumnInfo>(`table_info(${table})`).filter(({ pk }) => pk > 0)
    expect(primary.sort((a, b) => a.pk - b.pk).map(({ name }) => name)).toEqual(key)
  })

  it('is one of those that the database has, and the other way round', () => {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all()
    const others = [
      '_migrations',
      'log',
      'commits',
      'commands',
      'events',
      'read_model_head',
      'read_model_digests',
      'documents',
      'watermark_kept',
      'reaction_cursors',
      'reaction_lease',
      'reaction_parked',
    ]
    expect([...tables].sort()).toEqual([...Object.keys(READ_MODEL_TABLES), ...others].sort())
  })
})
