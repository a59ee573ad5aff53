import { afterEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { openEngine } from '../support/open-engine.ts'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** An engine whose projector breaks on people of one name, after their row was written. */
function engineThatBreaksOn(name: string) {
  const directory = temporaryDirectory()
  const begun: boolean[] = []
  const taken: string[] = []
  const open = openEngine(filesIn(directory.path), {
    replace: ({ projector, transaction, stock }) => {
      const begin = transaction.begin.bind(transaction)
      transaction.begin = () => {
        begun.push(true)
        begin()
      }
      const take = stock.take.bind(stock)
      stock.take = () => {
        const key = take()
        taken.push(key.id)
        return key
      }
      return {
        projector: {
          ...projector,
          apply: (event) => {
            projector.apply(event)
            if (event.type === 'UserRegistered' && !event.erased && event.data.username === name) {
              throw new Error('broken')
            }
          },
        },
      }
    },
  })
  closing.push(directory.remove, () => open.close())
  return { ...open, begun, taken }
}

const register = (userid: string, username: string) =>
  command('register-user', { userid, username }, SYSTEM_ACTOR)

/** Registers people at the same moment; answers what became of each. */
async function inOneBatch(engine: Engine, names: readonly string[]) {
  const submitted = names.map((name, index) => engine.submit(register(`lusab-baba${'dfg'[index]}`, name)))
  return (await Promise.allSettled(submitted)).map(({ status }) => status)
}

describe('a command that breaks in the midst of writing', () => {
  it('is undone alone: those beside it in the batch are carried out, in a second run of the batch', async () => {
    const { engine, views, installation, begun, taken } = engineThatBreaksOn('poison')
    expect(await inOneBatch(engine, ['before', 'poison', 'after'])).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(begun).toHaveLength(2)
    expect(views.users.list(0, 10).map(({ username }) => username)).toEqual(['before', 'after'])
    const { db, log, keys } = installation
    expect(log.head()).toMatchObject({ position: 1, sequence: 2 })
    expect(verifyChain(log)).toEqual(log.head())
    expect(await differenceFromLog(db, log, keys)).toBeNull()
    // The keys of the first run are given back, and serve in the second.
    expect(taken.slice(0, 2)).toEqual(taken.slice(2, 4))
  })

  it('breaks nothing that comes after it', async () => {
    const { engine, views } = engineThatBreaksOn('poison')
    await expect(engine.submit(register('lusab-babaf', 'poison'))).rejects.toThrow('broken')
    await engine.submit(register('lusab-babaf', 'antidote'))
    expect(views.users.byUserid('lusab-babaf')).toMatchObject({ username: 'antidote' })
  })
})

describe('a command that is refused before it has written anything', () => {
  it('needs no second run of its batch', async () => {
    const { engine, begun } = engineThatBreaksOn('nobody')
    expect(await inOneBatch(engine, ['same', 'same', 'other'])).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(begun).toHaveLength(1)
  })
})
