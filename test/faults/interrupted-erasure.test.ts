import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { resumeErasures } from '../../src/engine/erasure.ts'
import type { KeyStore } from '../../src/log/keys/key-store.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { openWriter } from '../../src/storage/open-writer.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { type OpenEngine, openEngine } from '../support/open-engine.ts'
import { persona } from '../support/persona.ts'
import { storedBytes, whereFound } from '../support/stored-bytes.ts'

const ADA = persona('lusab-babad')
const BOB = persona('gutih-tugad')
const values = (person: typeof ADA) => [
  ...Object.entries(person.profile).flatMap(([field, value]) => (field === 'locale' ? [] : [value])),
  person.password_hash,
  person.passkey.credential_id,
  Buffer.from(person.passkey.credential_id, 'base64url'),
]

describe('an erasure that a crash interrupts', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  beforeEach(() => {
    directory = temporaryDirectory()
  })
  afterEach(() => directory.remove())

  /** Opens an engine in which some method of the keys does not work, as in a process that crashes in it. */
  async function openBreaking(broken: Partial<KeyStore>): Promise<OpenEngine> {
    const open = openEngine(filesIn(directory.path), {
      replace: ({ keys }) => ({
        keys: new Proxy(keys, {
          get: (target, name: keyof KeyStore) => broken[name] ?? target[name].bind(target),
        }),
      }),
    })
    for (const { userid, profile, password_hash, passkey } of [ADA, BOB]) {
      await open.engine.submit(command('register-user', { userid, ...profile }, SYSTEM_ACTOR))
      await open.engine.submit(command('set-password', { userid, password_hash }, SYSTEM_ACTOR))
      await open.engine.submit(command('register-passkey', { userid, ...passkey }, SYSTEM_ACTOR))
    }
    return open
  }

  const eraseAda = ({ engine }: OpenEngine) =>
    engine.submit(command('erase-user', { userid: ADA.userid }, SYSTEM_ACTOR))

  /** Starts again, as after the crash, and checks what the start has left. */
  async function restart<T>(
    look: (writer: Awaited<ReturnType<typeof openWriter>>) => Promise<T>,
  ): Promise<T> {
    const writer = await openWriter(filesIn(directory.path), () => undefined)
    try {
      const { db, log, keys } = writer.installation
      expect(await keys.marked()).toEqual([])
      expect(verifyChain(log)).toEqual(log.head())
      expect(await differenceFromLog(db, log, keys)).toBeNull()
      return await look(writer)
    } finally {
      await writer.close()
    }
  }

  function expectStored({ profile }: typeof ADA): void {
    for (const value of Object.values(profile)) expect(whereFound(directory.path, [value])).not.toEqual([])
  }

  function expectOnlyBob(): void {
    expect(whereFound(directory.path, values(ADA))).toEqual([])
    expectStored(BOB)
  }

  it('is distinguished from one that is done, and finished at the next start', async () => {
    const open = await openBreaking({ destroy: () => Promise.reject(new Error('died')) })
    await expect(eraseAda(open)).rejects.toMatchObject({ code: 'outcome_unknown' })
    await open.close()
    expect(await restart(async ({ installation }) => installation.log.head().sequence)).toBe(7)
    expectOnlyBob()
  })

  it('is forgotten when its command was never appended: the person keeps all data', async () => {
    const open = await openBreaking({})
    const key = open.views.streams.get(`user-${ADA.userid}`)?.key_id ?? ''
    await open.installation.keys.markForDestruction([key], 'a command that the log does not hold')
    await open.close()
    await restart(async ({ installation: { keys } }) => {
      expect((await keys.load([key])).size).toBe(1)
    })
    expectStored(ADA)
  })

  it('leaves no copy of the key, also when the start before crashed between zeroing it and clearing the file', async () => {
    const open = await openBreaking({ destroy: () => Promise.reject(new Error('died')) })
    const files = filesIn(directory.path)
    const raw = new Database(files.keys)
    const key = open.views.streams.get(`user-${ADA.userid}`)?.key_id ?? ''
    const wrapped = raw.prepare('SELECT wrapped FROM subject_keys WHERE id = ?').pluck().get(key) as Buffer
    raw.pragma('wal_checkpoint(TRUNCATE)')
    await expect(eraseAda(open)).rejects.toMatchObject({ code: 'outcome_unknown' })
    raw
      .prepare('UPDATE subject_keys SET wrapped = zeroblob(length(wrapped)), destroyed = 1 WHERE id = ?')
      .run(key)
    raw.exec('UPDATE key_file_state SET destroyed = destroyed + 1, changes = changes + 1')
    // The files as a crash would leave them at this point, with the WAL still beside them.
    const crashed = temporaryDirectory()
    for (const path of storedBytes(directory.path).keys()) {
      if (!path.endsWith('-shm')) copyFileSync(path, join(crashed.path, basename(path)))
    }
    raw.close()
    await open.close()
    directory.remove()
    directory = crashed
    expect(whereFound(directory.path, [wrapped])).not.toEqual([])
    await restart(async ({ installation: { keys } }) => {
      expect((await keys.load([key])).size).toBe(0)
    })
    expect(whereFound(directory.path, [wrapped])).toEqual([])
    expectOnlyBob()
  })

  it('is not mistaken for one that another process is in the middle of', async () => {
    const open = await openBreaking({})
    const order: string[] = []
    const marked = [{ id: 'key', command: 'not yet appended' }]
    await resumeErasures({
      ...open.installation,
      views: open.views,
      scrubber: { scrub: async () => void order.push('scrub'), rewrite: () => order.push('rewrite') },
      transaction: {
        begin: () => order.push('lock'),
        commit: () => order.push('commit'),
        rollback: () => order.push('unlock'),
        attempt: (work) => work(),
      },
      keys: new Proxy<KeyStore>(open.installation.keys, {
        get: (_, name: string) => async () => {
          order.push(name)
          return name === 'marked' ? marked : undefined
        },
      }),
    })
    // An erasing writer marks the key and appends under this lock, so a marked key seen inside it is abandoned.
    expect(order).toEqual(['marked', 'lock', 'marked', 'unmark', 'unlock'])
    await open.close()
  })
})
