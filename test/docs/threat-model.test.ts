import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const TESTS = fileURLToPath(new URL('..', import.meta.url))
const model = readFileSync(new URL('../../docs/threat-model.md', import.meta.url), 'utf8')

const explained = [...model.matchAll(/^\| ([PBMWSOA]\d{1,2}) \|/gm)].map((row) => row[1] ?? '')

/** The ids that begin the name of a test or of a group of tests. */
const tested = new Set(
  (readdirSync(TESTS, { recursive: true }) as string[])
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(`${TESTS}/${file}`, 'utf8'))
    .flatMap((source) => [...source.matchAll(/['"`](?:[PBMWSOA]\d{1,2}(?:, | and | ))+/g)])
    .flatMap((name) => name[0].match(/[PBMWSOA]\d{1,2}/g) ?? []),
)

describe('the ids of the threat model', () => {
  it('are explained once each', () => {
    expect(explained.length).toBeGreaterThan(60)
    expect(new Set(explained).size).toBe(explained.length)
  })

  it('are those that tests are named after', () => {
    expect([...tested].sort()).toEqual([...explained].sort())
  })
})
