import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SqliteDocuments } from '../../src/documents/sqlite/documents.ts'
import { documentStoreContract } from '../contract/document-store.ts'
import { boundingLaws } from '../contract/document-store-bounding.ts'
import { openSqliteDocuments } from './sqlite-fixture.ts'

documentStoreContract('SQLite', () => openSqliteDocuments())
boundingLaws('SQLite', () => openSqliteDocuments())

describe('SQLite documents', () => {
  let opened: Awaited<ReturnType<typeof openSqliteDocuments>>
  const soon = () => opened.now() + 60_000

  beforeEach(async () => {
    opened = await openSqliteDocuments()
  })
  afterEach(() => opened.close())

  it('stores keys and second keys as hashes only: neither rows nor file bytes hold them', async () => {
    const { store, writer, file } = opened
    await store.upsert('session', 'canary-key-1', { name: 'visible-payload' }, soon(), {
      uid: 'canary-uid-1',
    })
    await store.insertOnce('code', 'canary-key-2', {}, soon(), { uid: 'canary-uid-2' })
    await store.increment('throttle', 'canary-key-3', 1, soon())
    await store.find('session', 'canary-key-1')
    await store.findByUid('session', 'canary-uid-1')
    await store.consume('code', 'canary-key-2')
    await store.take('code', 'canary-key-2')
    await store.remove('throttle', 'canary-key-3')

    const rows = JSON.stringify(writer.prepare('SELECT * FROM documents').all())
    const bytes = [file, `${file}-wal`].map((path) => readFileSync(path, 'latin1')).join()
    expect(rows).toContain('visible-payload')
    expect(bytes).toContain('visible-payload')
    expect(rows).not.toContain('canary')
    expect(bytes).not.toContain('canary')
  })

  it('keeps the documents when the file is opened again', async () => {
    const { store, file } = opened
    await store.upsert('refresh', 'a', 'kept', soon(), { uid: 'u' })
    await store.consume('refresh', 'a')
    const reader = new Database(file, { readonly: true })
    const again = new SqliteDocuments({
      reader,
      write: async () => expect.unreachable('reading writes nothing'),
      clock: opened.now,
    })
    expect(await again.findByUid('refresh', 'u')).toEqual({
      payload: 'kept',
      expiresAt: soon(),
      consumedAt: opened.now(),
    })
    reader.close()
  })

  it('leaves no row behind that has ended when it is revoked or removed', async () => {
    const { store, writer } = opened
    await store.upsert('token', 'a', 1, soon(), { grant: 'g' })
    await store.upsert('token', 'b', 1, soon(), { account: 'lusab' })
    await store.upsert('token', 'c', 1, soon())
    opened.advance(60_000)
    await store.revokeByGrant('g')
    await store.revokeByAccount('lusab')
    await store.remove('token', 'c')
    expect(writer.prepare('SELECT count(*) FROM documents').pluck().get()).toBe(0)
  })

  it.each([
    ['SELECT 1 FROM documents WHERE key_hash = ?', 'sqlite_autoindex_documents_1'],
    ['SELECT 1 FROM documents WHERE uid_hash = ?', 'documents_by_uid'],
    ['DELETE FROM documents WHERE grant_id = ?', 'documents_by_grant'],
    ['DELETE FROM documents WHERE account = ?', 'documents_by_account'],
    [
      'SELECT rowid FROM documents WHERE kind = ? AND evictable IS NOT NULL ORDER BY expires_at DESC, rowid DESC',
      'documents_evictable',
    ],
    ['SELECT rowid FROM documents WHERE expires_at <= ? ORDER BY expires_at', 'documents_by_expiry'],
  ])('%s searches by %s', (sql, index) => {
    const parameters = Array<string>(sql.split('?').length - 1).fill('x')
    const plan = opened.writer.prepare<string[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    const details = plan.all(...parameters).map((step) => step.detail)
    expect(details).toHaveLength(1)
    expect(details[0]).toMatch(new RegExp(`^SEARCH documents USING (COVERING )?INDEX ${index} `))
  })
})
