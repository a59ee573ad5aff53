import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../src/', import.meta.url))
const sources = globSync(['commands/**/*.ts', 'projections/**/*.ts', 'events/**/*.ts'], { cwd: root })
  .sort()
  .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }))

const AMBIENT = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bMath\.random\b/,
  /\brandomBytes\b/,
  /\brandomUUID\b/,
  /\bperformance\.now\b/,
]
// How the kernel's clock, random generator and ids are called; spelling a given time another way is no source.
const KERNEL_SOURCES = /\b(systemClock|systemRandom|randomToken|newId)\b(?!\()[^\n]*from '[./]*kernel\//

describe('deciding, projecting and describing events', () => {
  it('is looked at in full', () => {
    expect(sources.map((source) => source.path)).toEqual(
      expect.arrayContaining([
        'commands/users/register-user.ts',
        'projections/users/project.ts',
        'events/user.ts',
      ]),
    )
  })

  it.each(sources)('reads no clock and no randomness of its own: $path', ({ text }) => {
    for (const pattern of AMBIENT) expect(text).not.toMatch(pattern)
  })

  it.each(sources.filter(({ text }) => /^export const \w+ = defineCommand\(/m.test(text)))(
    'is handed time and ids, also those of the kernel: $path',
    ({ text }) => expect(text).not.toMatch(KERNEL_SOURCES),
  )

  it.each(sources.filter(({ path }) => path.startsWith('projections/') && path.endsWith('/project.ts')))(
    'projects nothing but what the event says: $path',
    ({ text }) => expect(text).not.toMatch(KERNEL_SOURCES),
  )
})
