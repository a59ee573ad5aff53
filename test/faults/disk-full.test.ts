import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWriter } from '../../src/storage/open-writer.ts'
import { createTestApp } from '../support/app.ts'
import { everyEndpoint } from '../support/every-endpoint.ts'
import { filesIn } from '../support/installation.ts'
import { maySkip, scale } from '../support/scale.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { killChildren } from './support/child.ts'
import { FailingServer } from './support/failing-server.ts'

const MEGABYTES = scale(8, 16)
const ROUNDS = scale(1, 10)

const trial = mountSmallDisk(1)
const skipped = maySkip(typeof trial === 'string' ? trial : null)
if (typeof trial !== 'string') trial.unmount()

describe.skipIf(skipped)('a disk that fills under load', () => {
  let disk: SmallDisk
  const ballast = () => join(disk.path, 'ballast')

  beforeEach(() => {
    const mounted = mountSmallDisk(MEGABYTES)
    if (typeof mounted === 'string') throw new Error(mounted)
    disk = mounted
    writeFileSync(ballast(), Buffer.alloc(4 << 20))
  })

  afterEach(() => {
    killChildren()
    disk.unmount()
  })

  it('refuses writers without a false promise, serves readers, and is whole when there is space again', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = new FailingServer(disk.path)
      await server.more('refused', 64)
      const before = server.all('acknowledged').length
      expect((await server.state()).events).toBeGreaterThanOrEqual(before)
      expect(server.all('writer lost')).toEqual([])
      console.log(`full disk: ${before} acknowledged`, server.refusals())
      expect(Object.keys(server.refusals())).toEqual(['storage_full'])

      rmSync(ballast())
      await server.more('acknowledged', 16)
      await (round % 2 === 0 ? server.kill() : server.stop())
      const { acknowledged, kept } = await server.expectWholeAfterRestart()
      console.log(`with space again: ${acknowledged} acknowledged, ${kept} kept`)
      writeFileSync(ballast(), Buffer.alloc(1 << 20))
    }
  }, 300_000)

  it('is named in one line by a start that finds no space for what the last one left', async () => {
    const server = new FailingServer(disk.path)
    await server.more('refused', 64)
    await server.kill()
    await expect(openWriter(filesIn(disk.path), () => undefined)).rejects.toMatchObject({
      name: 'StartRefused',
      message: expect.stringMatching(/^[^\n]*disk is full$/),
    })
    rmSync(ballast())
    await server.expectWholeAfterRestart()
  }, 60_000)
})

describe.skipIf(skipped)('a service on a disk without any room', () => {
  it('answers every endpoint without, or with 503 and Retry-After, and as before when there is room', async () => {
    const disk = mountSmallDisk(24)
    if (typeof disk === 'string') throw new Error(disk)
    const service = await createTestApp({
      directory: join(disk.path, 'data'),
      environment: { OIDC_OP_LOG_LEVEL: 'silent' },
    })
    try {
      const endpoints = await everyEndpoint(service)
      const ballast = join(disk.path, 'ballast')
      fillUp(ballast)
      const nothing = { before: () => undefined, after: () => undefined }
      const { unavailable, wrong } = await endpoints.call(nothing)
      expect(wrong).toEqual([])
      for (const path of ['/login', '/oidc/token', '/oidc/authorize']) expect(unavailable).toContain(path)
      rmSync(ballast)
      expect(await endpoints.call(nothing)).toEqual({ unavailable: new Set(), wrong: [] })
    } finally {
      await service.close()
      disk.unmount()
    }
  }, 60_000)
})

/** Writes a file until nothing fits any more. */
function fillUp(path: string): void {
  for (const size of [1 << 20, 4096]) {
    for (;;) {
      try {
        appendFileSync(path, Buffer.alloc(size))
      } catch {
        break
      }
    }
  }
}
