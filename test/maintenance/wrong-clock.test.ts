import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { clockBehind, systemClock } from '../../src/kernel/clock.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { examine } from '../../src/maintenance/doctor.ts'
import { openStorage } from '../../src/storage/open.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let installation: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  installation = temporaryDirectory()
})
afterEach(() => installation.remove())

/** Registers somebody at each of these times, as far from now as they say. */
async function logAt(...offsets: number[]) {
  let offset = 0
  const storage = await openStorage(filesIn(installation.path), () => systemClock() + offset)
  for (const each of offsets) {
    offset = each
    const userid = generateUserid()
    await storage.commands.submit(command('register-user', { userid, username: userid }, SYSTEM_ACTOR))
  }
  const latest = storage.views.audit.latestTime()
  await storage.close()
  return latest
}

const clockOf = async () => (await examine(filesIn(installation.path))).find(({ check }) => check === 'clock')

describe('a clock before the last event of the log', () => {
  it.each([
    ['in the last event', [DAY]],
    ['before events of the right time', [-MINUTE, DAY, 0, 0]],
    ['in several, the latest of which counts', [DAY, 2 * DAY, DAY, 0]],
  ])('is found by doctor and at the start: a wrong future %s', async (_where, offsets) => {
    const latest = await logAt(...offsets)
    expect(Date.parse(latest ?? '')).toBeGreaterThan(systemClock() + Math.max(...offsets) - MINUTE)
    const finding = await clockOf()
    expect(finding?.ok).toBe(false)
    expect(finding?.detail).toContain(latest)
    expect(clockBehind(latest, systemClock())).toContain(latest)
  })

  it.each([[[]], [[-DAY]], [[-DAY, 0]], [[MINUTE / 2]]])(
    'is not found where all is well: %j',
    async (offsets) => {
      const latest = await logAt(...offsets)
      expect(await clockOf()).toMatchObject({ ok: true })
      expect(clockBehind(latest, systemClock())).toBeNull()
    },
  )
})
