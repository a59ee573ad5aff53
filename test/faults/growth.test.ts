import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANONYMOUS_KINDS, type AnonymousKind, evictionStep } from '../../src/documents/anonymous-kinds.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { openForReading, type SqliteDatabase } from '../../src/log/sqlite/database.ts'
import { openThreadedStorage, type Storage } from '../../src/storage/open.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const MINUTE = 60_000
const AT_ONCE = 2000

let directory: ReturnType<typeof temporaryDirectory>
let storage: Storage
let db: SqliteDatabase
beforeEach(async () => {
  directory = temporaryDirectory()
  const files = filesIn(directory.path)
  storage = await openThreadedStorage(files, (error) => {
    throw error
  })
  db = openForReading(files.database)
})
afterEach(async () => {
  db.close()
  await storage.close()
  directory.remove()
})

/** Writes as many documents of a kind as a flood from very many addresses would. */
async function flood(kind: AnonymousKind, count: number, payload: unknown, first = 0) {
  for (let done = 0; done < count; done += AT_ONCE) {
    const writes = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, index) =>
      storage.documents.upsert(kind, `flood-${first + done + index}`, payload, systemClock() + 30 * MINUTE, {
        anonymous: true,
      }),
    )
    await Promise.all(writes)
  }
}

const count = (kind: string) =>
  db.prepare('SELECT count(*) FROM documents WHERE kind = ?').pluck().get(kind) as number

const pages = () => db.pragma('page_count', { simple: true }) as number

describe('A10 a flood of what anybody may write', () => {
  it('is kept up to the cap of its kind, and what is somebody’s stays', async () => {
    const kind = 'oidc:Session'
    const { inAll } = ANONYMOUS_KINDS[kind]
    await storage.documents.upsert(kind, 'somebodys', 'kept', systemClock() + MINUTE, { account: 'lusab' })
    await flood(kind, inAll + 2000, null)
    // One more: that of somebody, which the cap is not about.
    expect(count(kind)).toBeGreaterThan(inAll)
    expect(count(kind)).toBeLessThanOrEqual(inAll + evictionStep({ inAll }) + 1)
    expect((await storage.documents.find(kind, 'somebodys'))?.payload).toBe('kept')
    expect(await storage.documents.find(kind, 'flood-0')).toBeNull()
    expect(await storage.documents.find(kind, `flood-${inAll + 1999}`)).not.toBeNull()
  })

  it('lets the file grow once: pages that are freed are used again', async () => {
    const kind = 'oidc:Session'
    const { inAll, bytes } = ANONYMOUS_KINDS[kind]
    const payload = 'x'.repeat(bytes - 2)
    await flood(kind, inAll + 500, payload)
    const grown = pages()
    await flood(kind, 2 * inAll, payload, inAll + 500)
    expect(pages()).toBeLessThanOrEqual(grown * 1.05)
    expect(count(kind)).toBeLessThanOrEqual(inAll + evictionStep({ inAll }))
  })
})
