import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { openStorage, openThreadedStorage } from '../../src/storage/open.ts'
import { filesIn } from '../support/installation.ts'
import { persona } from '../support/persona.ts'
import { maySkip } from '../support/scale.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { storedBytes } from '../support/stored-bytes.ts'
import { FailingServer } from './support/failing-server.ts'

const trial = mountSmallDisk(1)
const skipped = maySkip(typeof trial === 'string' ? trial : null)
if (typeof trial !== 'string') trial.unmount()

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

describe.skipIf(skipped)('a disk that can only be read', () => {
  let disk: SmallDisk

  beforeEach(() => {
    const mounted = mountSmallDisk(16)
    if (typeof mounted === 'string') throw new Error(mounted)
    disk = mounted
  })

  afterEach(() => disk.unmount())

  /** Starts the service; answers how it ended and what it said. */
  function startService(): Promise<{ code: number | string | null | undefined; stderr: string }> {
    const env = { ...process.env, OIDC_OP_DATA_DIR: disk.path, OIDC_OP_PORT: '0', OIDC_OP_LOG_LEVEL: 'error' }
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN], { env, timeout: 20_000 }, (error, _, stderr) =>
        resolve({ code: error?.code, stderr: `${stderr}${error?.signal ?? ''}` }),
      )
    })
  }

  async function expectRefused(): Promise<void> {
    const before = storedBytes(disk.path)
    await expect(openStorage(filesIn(disk.path))).rejects.toMatchObject({ name: 'StartRefused' })
    await expect(openThreadedStorage(filesIn(disk.path), () => undefined)).rejects.toMatchObject({
      name: 'StartRefused',
    })
    const { code, stderr } = await startService()
    expect(code, stderr).toBeGreaterThan(0)
    expect(stderr.trim().split('\n'), stderr).toHaveLength(1)
    expect(stderr).toContain(disk.path)
    expect(stderr).toMatch(/read-?only/i)
    expect(storedBytes(disk.path)).toEqual(before)
  }

  it('is refused in one line when there is nothing yet', async () => {
    disk.writable(false)
    await expectRefused()
  })

  it('is refused in one line when an installation is there', async () => {
    const storage = await openStorage(filesIn(disk.path))
    const { userid, profile } = persona('lusab-babad')
    await storage.commands.submit(command('register-user', { userid, ...profile }, SYSTEM_ACTOR))
    await storage.close()
    disk.writable(false)
    await expectRefused()
    disk.writable(true)
    const again = await openStorage(filesIn(disk.path))
    expect(again.views.users.byUserid(userid)).toMatchObject({ userid })
    await again.close()
  })

  it('is refused in one line when a crash left a journal', async () => {
    const server = new FailingServer(disk.path)
    await server.more('acknowledged', 20)
    await server.kill()
    disk.writable(false)
    await expectRefused()
    disk.writable(true)
    await server.expectWholeAfterRestart()
  })
})
