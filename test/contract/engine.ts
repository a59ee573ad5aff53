import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DuplicateError, type Refusal } from '../../src/kernel/refusal.ts'
import { decodeEvents } from '../../src/log/decode-events.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { digestOf } from '../../src/projections/compare.ts'
import type { Storage } from '../../src/storage/open.ts'
import { foldAfresh } from '../support/fresh-fold.ts'
import {
  eventTypes,
  type InstallationUnderTest,
  type Node,
  register,
  systemCommand,
} from './storage-under-test.ts'

/** States the laws of deciding and appending, one per case; each back end runs them with its own factory. */
export function engineContract(name: string, make: () => Promise<InstallationUnderTest>): void {
  describe(`${name}: engine`, () => {
    let installation: InstallationUnderTest
    beforeEach(async () => {
      installation = await make()
    })
    afterEach(() => installation.close())

    it('leaves no trace of a refused command, and harms no other', async () => {
      const storage = await installation.open()
      await register(storage, 'ada')
      const results = await Promise.allSettled([
        register(storage, 'bob'),
        register(storage, 'ADA'),
        register(storage, 'carl'),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(eventTypes(storage)).toEqual(['UserRegistered', 'UserRegistered', 'UserRegistered'])
      expect(verifyChain(storage.log)).toEqual(storage.log.head())
    })

    it('lets each command see the effects of those before it in the batch', async () => {
      const storage = await installation.open()
      const userid = 'lusab-babad'
      const rename = (username: string) => systemCommand('change-user', { userid, changes: { username } })
      await Promise.all([
        storage.commands.submit(systemCommand('register-user', { userid, username: 'first' })),
        storage.commands.submit(rename('second')),
        storage.commands.submit(rename('third')),
      ])
      expect(storage.views.users.byUserid(userid)?.username).toBe('third')
    })

    it('carries out a command once, and gives a repetition the same answer on every node', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      const registration = systemCommand('register-user', { userid: 'lusab-babad', username: 'ada' })
      const first = await a.commands.submit(registration)
      expect(await a.commands.submit(registration)).toEqual(first)
      expect(await b.commands.submit(registration)).toEqual(first)
      await b.close()
      const again = await installation.open()
      expect(await again.commands.submit(registration)).toEqual(first)
      expect(eventTypes(a)).toEqual(['UserRegistered'])
    })

    it('carries out once a command that reaches all nodes at the same time', async () => {
      const nodes = await openThree(installation)
      const registration = systemCommand('register-user', { userid: 'lusab-babad', username: 'ada' })
      const answers = await Promise.all(
        nodes.flatMap((node) => Array.from({ length: 7 }, () => node.commands.submit(registration))),
      )
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      await allReach(nodes)
      expect(nodes.map(eventTypes)).toEqual(Array(3).fill(['UserRegistered']))
    })

    it('decides on the latest state that another node wrote', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      const { userid } = await register(a, 'ada')
      await b.commands.submit(systemCommand('change-user', { userid, changes: { given_name: 'Ada' } }))
      await expect(register(a, 'Ada')).rejects.toThrow(DuplicateError)
      await a.commands.submit(systemCommand('change-user', { userid, changes: { username: 'lovelace' } }))
      await register(b, 'ada')
      await allReach([a, b])
      expect(a.views.users.byUserid(userid)).toMatchObject({ username: 'lovelace', given_name: 'Ada' })
    })

    it('refuses nothing because of an old state', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      const { userid } = await register(a, 'ada')
      // A refusal appends nothing: only the shared log can show that it is justified.
      const change = systemCommand('change-user', { userid, changes: { given_name: 'Ada' } })
      await expect(b.commands.submit(change)).resolves.toMatchObject({ outcome: { userid } })
    })

    it('gives a name to only one of several that want it', async () => {
      const nodes = await openThree(installation)
      const fights = nodes.flatMap((node) =>
        Array.from({ length: 10 }, (_, n) => register(node, `name-${n}`)),
      )
      const results = await Promise.allSettled(fights)
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      expect(reasons.map((reason: Refusal) => reason.code)).toEqual(Array(20).fill('already_exists'))
      await allReach(nodes)
      const names = nodes[0]?.views.users.list(0, 100).map(({ username }) => username)
      expect(names?.toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `name-${n}`))
    })

    it('leaves all nodes with the same tables, equal to those of a fresh fold', async () => {
      const nodes = await openThree(installation)
      await Promise.all(
        nodes.flatMap((node, n) =>
          Array.from({ length: 10 }, async (_, m) => {
            const { userid } = await register(node, `person-${n}-${m}`, `person-${n}-${m}@example.org`)
            const changes = { nickname: `nick-${m}`, groups: ['staff', `group-${n}`] }
            await node.commands.submit(systemCommand('change-user', { userid, changes }))
          }),
        ),
      )
      await allReach(nodes)
      const digests = await Promise.all(
        nodes.map(async ({ log, keys }) => {
          const fresh = await foldAfresh(log, keys)
          const digest = digestOf(fresh)
          fresh.close()
          return digest
        }),
      )
      expect(new Set([...digests, ...nodes.map((node) => node.digest())]).size).toBe(1)
      expect(verifyChain(nodes[0]?.log ?? expect.unreachable())).toEqual(nodes[1]?.log.head())
    })

    it('erases a person everywhere: data, key and documents, and the chain still verifies', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      const { userid } = await register(a, 'ada', 'ada@example.org')
      await b.documents.upsert('session', 'token', { userid }, Date.now() + 60_000, { account: userid })
      const { position } = await b.commands.submit(systemCommand('erase-user', { userid }))
      expect(await a.reached(position)).toBe(true)
      for (const storage of [a, b]) {
        expect(storage.views.users.byUserid(userid)).toBeNull()
        expect(await storage.documents.find('session', 'token')).toBeNull()
        const events = await decodeEvents(storage.log.eventsAfter(0, -1), storage.log, storage.keys)
        expect(events.map(({ type, erased }) => ({ type, erased }))).toEqual([
          { type: 'UserRegistered', erased: true },
          { type: 'UserErased', erased: false },
        ])
        expect(verifyChain(storage.log)).toEqual(storage.log.head())
        expect(await storage.keys.marked()).toEqual([])
      }
    })
  })
}

async function openThree(installation: InstallationUnderTest): Promise<Node[]> {
  return [await installation.open(), await installation.open(), await installation.open()]
}

/** Waits until all nodes have reached the last position of any. */
async function allReach(nodes: readonly Storage[]): Promise<void> {
  const position = Math.max(...nodes.map(({ log }) => log.head().position))
  for (const node of nodes) expect(await node.reached(position)).toBe(true)
}
