import { afterAll, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { openEngine } from '../support/open-engine.ts'
import { LONG } from '../support/scale.ts'
import { SEED, seeded } from '../support/seeded.ts'
import { whereFound } from '../support/stored-bytes.ts'
import { type Inhabitant, populate } from './support/population.ts'

const SIZES = LONG
  ? [
      { people: 300, steps: 12, erased: 30 },
      { people: 1_000, steps: 12, erased: 10 },
      { people: 5_000, steps: 12, erased: 5 },
    ]
  : [
      { people: 60, steps: 20, erased: 6 },
      { people: 300, steps: 10, erased: 4 },
    ]

const erase = ({ userid }: Inhabitant) => command('erase-user', { userid }, SYSTEM_ACTOR)

describe.each(SIZES)(`erasing $erased of $people people (seed ${SEED})`, ({ erased, ...size }) => {
  const directory = temporaryDirectory()
  afterAll(() => directory.remove())

  it('leaves no value of theirs in any byte of any file, and the log provable', async () => {
    const random = seeded(SEED)
    let rewritten = 0
    const open = openEngine(filesIn(directory.path), {
      replace: ({ scrubber }) => {
        const rewrite = scrubber.rewrite.bind(scrubber)
        scrubber.rewrite = () => {
          rewritten += 1
          rewrite()
        }
        return { scrubber }
      },
    })
    const { db, log, keys } = open.installation
    try {
      const people = await populate(open, random, size)
      const leaving = people.splice(0, erased)
      const named = leaving.map(({ username }) => username)
      expect(whereFound(directory.path, named).length, 'they are found before').toBeGreaterThanOrEqual(erased)

      const started = performance.now()
      for (const person of leaving) await open.engine.submit(erase(person))
      const milliseconds = (performance.now() - started) / erased
      const values = leaving.flatMap((person) => [...person.values])
      expect(whereFound(directory.path, values)).toEqual([])
      console.log(
        `erasure: ${log.head().sequence} events of ${size.people} people, ${values.length} values sought, ` +
          `${milliseconds.toFixed(0)} ms each, ${rewritten} times the file was written anew`,
      )
      expect(verifyChain(log)).toEqual(log.head())
      expect(await differenceFromLog(db, log, keys)).toBeNull()
      const staying = whereFound(
        directory.path,
        people.slice(0, 20).map(({ username }) => username),
      )
      expect(staying.length, 'the others are still there').toBeGreaterThanOrEqual(20)
    } finally {
      await open.close()
    }
  }, 600_000)
})
