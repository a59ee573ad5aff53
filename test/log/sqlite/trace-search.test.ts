import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { remnantsInFile } from '../../../src/log/sqlite/trace-search.ts'
import { temporaryDirectory } from '../../support/installation.ts'

const CHUNK = 1 << 20

/** A file without pages, in which nothing is content of a table. */
const NO_PAGES = {
  pageSize: 4096,
  reserved: 0,
  first: Number.MAX_SAFE_INTEGER,
  stride: 4096,
  numberAt: () => 0,
}

describe('searching a file for traces', () => {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'file')
  afterAll(() => directory.remove())

  const search = async (content: Buffer, ...traces: string[]) => {
    writeFileSync(path, content)
    const wanted = traces.map((trace) => Buffer.from(trace))
    return (await remnantsInFile(path, wanted, NO_PAGES)).map(String)
  }

  it.each([0, 1, 17, CHUNK - 5, CHUNK - 4, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 3])(
    'finds one that begins at byte %i',
    async (place) => {
      const content = Buffer.alloc(3 * CHUNK)
      content.write('Ada Lovelace', place)
      expect(await search(content, 'Ada Lovelace', 'Grace Hopper')).toEqual(['Ada Lovelace'])
    },
  )

  it('finds one at the very end, and several with the same beginning', async () => {
    const content = Buffer.from('xxAdaAda Ada Lovelace Ada King')
    expect((await search(content, 'Ada King', 'Ada Lovelace', 'Ada Byron', 'AdaAda A')).sort()).toEqual([
      'Ada King',
      'Ada Lovelace',
      'AdaAda A',
    ])
  })

  it('finds only complete traces', async () => {
    expect(await search(Buffer.from('Ada Lovelac'), 'Ada Lovelace', 'da Lovelace')).toEqual([])
    expect(await search(Buffer.alloc(0), 'Ada Lovelace')).toEqual([])
    expect(await search(Buffer.from('Ada Lovelace'))).toEqual([])
  })
})
