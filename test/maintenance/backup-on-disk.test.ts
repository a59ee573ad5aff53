import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { answerOf, countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

/** What is done to the disk, in order, and after how many of such steps nothing works any more. */
const disk = vi.hoisted(() => ({ steps: [] as string[], left: Number.POSITIVE_INFINITY }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const paths = new Map<number, string>()
  const step = (text: string) => {
    if (disk.steps.length >= disk.left) throw new Error('killed')
    disk.steps.push(text)
  }
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      const file = fs.openSync(...args)
      paths.set(file, String(args[0]))
      return file
    },
    fsyncSync: (file: number) => {
      step(`sync ${paths.get(file)}`)
      fs.fsyncSync(file)
    },
    linkSync: (from: string, to: string) => {
      step(`name ${to}`)
      fs.linkSync(from, to)
    },
    rmSync: (path: string, options: object) => {
      step(`remove ${path}`)
      fs.rmSync(path, options)
    },
  }
})

const place = temporaryDirectory()
const directory = join(place.path, 'data')
beforeAll(async () => {
  await answerOf(directory, ['user', 'create', '--username', 'ada'])
})
afterEach(() => {
  disk.left = Number.POSITIVE_INFINITY
})
afterAll(() => place.remove())

const plain = (step: string) =>
  step
    .replaceAll(place.path, '')
    .replace(/partial-[0-9a-f-]{36}/, 'draft')
    .trim()

describe('a backup', () => {
  it('says that it holds anything when the file and its name are on the disk', async () => {
    disk.steps = []
    await answerOf(directory, ['backup', join(place.path, 'backup')])
    const told = disk.steps.map(plain).filter((step) => !step.startsWith('remove'))
    expect(told).toEqual(['sync /backup.draft', 'name /backup', 'sync'])
  })

  it('that is killed at any step leaves no file under its name that is not whole', async () => {
    const sound: boolean[] = []
    for (let step = 0; ; step += 1) {
      const target = join(place.path, `backup-${step}`)
      disk.steps = []
      disk.left = step
      const { code } = await countersign(directory, ['backup', target])
      disk.left = Number.POSITIVE_INFINITY
      const isThere = readdirSync(place.path).includes(basename(target))
      sound.push(isThere)
      if (isThere) {
        const restored = join(place.path, `restored-${step}`)
        const env = { OIDC_OP_MASTER_KEY: masterKey() }
        expect(await answerOf(restored, ['restore', target], { env })).toMatchObject({ sequence: 2 })
      }
      if (code === 0) break
    }
    expect(new Set(sound)).toEqual(new Set([false, true]))
  })
})

const masterKey = () => readFileSync(join(directory, 'master.key'), 'utf8').trim()
