import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newestOf, nextSlot, readWatermark, slotsIn } from '../../../src/log/watermark/file.ts'
import { WatermarkKeeper } from '../../../src/log/watermark/keeper.ts'
import { SLOT } from '../../../src/log/watermark/record.ts'
import { temporaryDirectory } from '../../support/installation.ts'

const head = (position: number, epoch = 1) => ({
  log: 'a-log',
  epoch,
  position,
  sequence: position,
  hash: Buffer.alloc(32, position),
})

describe('a watermark file', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  let path: string
  let faults: (Error | null)[]
  let keeper: WatermarkKeeper
  beforeEach(() => {
    directory = temporaryDirectory()
    path = `${directory.path}/watermark`
    faults = []
    keeper = new WatermarkKeeper(
      path,
      () => 7,
      (fault) => faults.push(fault),
    )
    keeper.noteNow(head(1))
  })
  afterEach(async () => {
    keeper.stop()
    await keeper.close(() => head(0))
    directory.remove()
  })

  const noted = () => readWatermark(path)
  const reaches = (position: number) => expect.poll(() => noted()?.position).toBe(position)

  it('follows the log while it grows, and holds the exact end when it is closed', async () => {
    keeper.note(head(2))
    await reaches(2)
    for (let position = 3; position <= 50; position += 1) keeper.note(head(position))
    await reaches(50)
    keeper.note(head(51))
    await keeper.close(() => head(52))
    expect(noted()).toMatchObject({ log: 'a-log', epoch: 1, position: 52, keys: 7 })
  })

  it('never falls within an epoch, whichever process writes to it', async () => {
    const other = new WatermarkKeeper(path, () => 9)
    other.noteNow(head(20))
    keeper.noteNow(head(10))
    await other.close(() => head(20))
    expect(noted()).toMatchObject({ position: 20, keys: 9 })
    keeper.noteNow(head(5, 2))
    expect(noted()).toMatchObject({ epoch: 2, position: 5, keys: 7 })
    keeper.noteNow(head(30, 1))
    expect(noted()).toMatchObject({ epoch: 2, position: 5 })
  })

  it('is still read when the last write was torn, at any byte', () => {
    keeper.noteNow(head(2))
    const before = readFileSync(path)
    const slot = nextSlot(slotsIn(before))
    keeper.noteNow(head(3))
    const after = readFileSync(path)
    for (let cut = 1; cut < SLOT; cut += 97) {
      const torn = Buffer.from(before)
      after.copy(torn, slot, slot, slot + cut)
      expect(newestOf(slotsIn(torn))?.position).toBeGreaterThanOrEqual(2)
    }
  })

  it.each([
    ['emptied', () => truncateSync(path, 0)],
    ['overwritten', () => writeFileSync(path, Buffer.alloc(2 * SLOT, 'x'))],
  ])('%s, it is refused with what can be done', (_, damage) => {
    damage()
    expect(() => noted()).toThrow(/watermark .* is damaged.*accept-loss/)
  })

  it('writes nothing after it was stopped because the store failed', async () => {
    keeper.stop()
    keeper.note(head(9))
    await keeper.close(() => head(9))
    expect(noted()?.position).toBe(1)
  })

  it('reports that it cannot be written, once, and when it can again', async () => {
    const spare = `${directory.path}/spare`
    cpSync(path, spare)
    const late = new WatermarkKeeper(
      path,
      () => 7,
      (fault) => faults.push(fault),
    )
    rmSync(path)
    mkdirSync(path)
    late.note(head(2))
    await expect.poll(() => faults.length).toBe(1)
    rmSync(path, { recursive: true })
    cpSync(spare, path)
    late.note(head(3))
    await expect.poll(() => faults.length).toBe(2)
    expect(faults).toEqual([expect.any(Error), null])
    await late.close(() => head(3))
  })
})
