import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CLI = 'npm run -s cli -- '
const readme = readFileSync(`${ROOT}README.md`, 'utf8')
const snippets = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, snippet = '']) => snippet)
const lines = snippets.flatMap((snippet) => snippet.trim().split('\n'))

describe('the README', () => {
  it('shows commands that work one after the other in a fresh installation', async () => {
    const directory = temporaryDirectory()
    const commands = lines.filter((line) => line.startsWith(CLI))
    for (const line of commands) {
      const run = await countersign(directory.path, line.slice(CLI.length).split(' '))
      expect({ line, code: run.code, stderr: run.stderr }).toEqual({ line, code: 0, stderr: '' })
    }
    expect(commands.length).toBeGreaterThan(5)
    directory.remove()
  })

  it('starts examples and links to pages that exist', () => {
    const started = lines.flatMap((line) => line.match(/examples\/\S+/) ?? [])
    const linked = [...readme.matchAll(/\]\(((?!https?:)[^)#]+)/g)].map(([, path = '']) => path)
    expect(started.length).toBe(2)
    expect([...started, ...linked].filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([])
  })
})
