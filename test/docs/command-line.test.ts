import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

const guide = readFileSync(new URL('../../docs/guides/command-line.md', import.meta.url), 'utf8')
const place = temporaryDirectory()
const backup = join(place.path, 'countersign.backup')
afterAll(() => place.remove())

/** The commands in the guide's blocks, as words. Quoted words may hold spaces. */
const COMMANDS = [...guide.matchAll(/```console\n([\s\S]*?)```/g)]
  .flatMap((block) => (block[1] ?? '').trim().split('\n'))
  .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2] ?? ''))

describe('the guide to the command line', () => {
  it('shows commands', () => {
    expect(COMMANDS.length).toBeGreaterThan(25)
    expect(new Set(COMMANDS.map(([program]) => program))).toEqual(new Set(['countersign']))
  })

  it.each(COMMANDS.map(([, ...words]) => ({ line: words.join(' '), words })))(
    'works: $line',
    async ({ words }) => {
      const args = words.map((word) => (word === 'countersign.backup' ? backup : word))
      const { code, stdout, stderr } = await countersign(join(place.path, 'data'), args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).not.toBe('')
    },
  )
})
