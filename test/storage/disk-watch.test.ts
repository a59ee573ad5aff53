import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CommandType } from '../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { gateByDisk } from '../../src/storage/disk-gate.ts'
import { type DiskWatch, watchDisk } from '../../src/storage/disk-watch.ts'

const MEBI = 1024 * 1024
let watch: DiskWatch | null = null
afterEach(() => watch?.stop())

async function watching(reserve: number, free: Record<string, number | Error>) {
  const changes: (string | null)[] = []
  watch = await watchDisk({
    directories: Object.keys(free),
    reserve,
    onChange: (shortage) => changes.push(shortage),
    freeSpace: async (directory) => {
      const bytes = free[directory]
      if (typeof bytes !== 'number') throw bytes
      return bytes
    },
    interval: 1,
  })
  return { changes, shortage: () => watch?.shortage() }
}

describe('the watch over the disk', () => {
  it.each([
    { name: 'more than is reserved', free: { a: 65 * MEBI }, reserve: 64 * MEBI, short: false },
    { name: 'as much as is reserved', free: { a: 64 * MEBI }, reserve: 64 * MEBI, short: false },
    { name: 'less than is reserved', free: { a: 64 * MEBI - 1 }, reserve: 64 * MEBI, short: true },
    { name: 'less on one of two disks', free: { a: 99 * MEBI, b: MEBI }, reserve: 64 * MEBI, short: true },
    { name: 'nothing, and nothing is reserved', free: { a: 0 }, reserve: 0, short: true },
    { name: 'little, and nothing is reserved', free: { a: MEBI }, reserve: 0, short: false },
    { name: 'what it does not say', free: { a: new Error('stale handle') }, reserve: MEBI, short: false },
  ])('finds a shortage where there is $name: $short', async ({ free, reserve, short }) => {
    const { shortage, changes } = await watching(reserve, free as Record<string, number | Error>)
    expect(shortage() !== null).toBe(short)
    expect(changes).toHaveLength(short ? 1 : 0)
  })

  it('is well again by itself when there is room', async () => {
    const free = { a: 10 * MEBI }
    const { shortage, changes } = await watching(64 * MEBI, free)
    expect(shortage()).toBe('the disk is nearly full: 10 MiB are free, and 64 MiB are reserved')
    free.a = 100 * MEBI
    await vi.waitFor(() => expect(shortage()).toBeNull())
    free.a = MEBI
    await vi.waitFor(() => expect(shortage()).not.toBeNull())
    expect(changes.map((change) => change === null)).toEqual([false, true, false])
  })
})

describe('while the disk is short of space', () => {
  const taken: string[] = []
  const gate = gateByDisk(
    {
      submit: async ({ type }) => {
        taken.push(type)
        return undefined as never
      },
      write: async (operation) => taken.push((operation as { type: string }).type),
    },
    { shortage: () => 'the disk is nearly full' },
  )
  const submit = (type: CommandType, input: unknown = {}) =>
    gate.submit(command(type, input as never, SYSTEM_ACTOR))

  it.each(['erase-user', 'end-session', 'end-sessions', 'revoke-magic-link', 'remove-client'] as const)(
    '%s is carried out',
    async (type) => {
      await submit(type)
      expect(taken.at(-1)).toBe(type)
    },
  )

  it.each([
    'register-user',
    'record-sign-in',
    'issue-magic-link',
    'register-client',
    'set-password',
  ] as const)('%s is refused as storage_full', async (type) => {
    await expect(submit(type)).rejects.toMatchObject({
      code: 'storage_full',
      message: 'No new work is accepted: the disk is nearly full',
    })
  })

  it('a user can be deactivated, but not changed otherwise', async () => {
    await submit('change-user', { changes: { active: false } })
    expect(taken.at(-1)).toBe('change-user')
    await expect(submit('change-user', { changes: { active: true } })).rejects.toThrow('No new work')
  })

  it.each(['remove', 'take', 'revokeByAccount', 'revokeByGrant', 'deleteExpired'])(
    'documents are taken away: %s',
    async (type) => {
      await gate.write({ type })
      expect(taken.at(-1)).toBe(type)
    },
  )

  it.each(['upsert', 'insertOnce', 'increment'])('no document is added: %s', async (type) => {
    await expect(gate.write({ type })).rejects.toMatchObject({ code: 'storage_full' })
  })
})
