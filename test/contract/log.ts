import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyHead } from '../../src/events/chain.ts'
import type { StoredEvent } from '../../src/events/envelope.ts'
import { subscribe } from '../../src/log/subscription.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { eventTypes, type InstallationUnderTest, register, systemCommand } from './storage-under-test.ts'

/** States the laws of the log and its keys, one per case; each back end runs them with its own factory. */
export function logContract(name: string, make: () => Promise<InstallationUnderTest>): void {
  describe(`${name}: log`, () => {
    let installation: InstallationUnderTest
    beforeEach(async () => {
      installation = await make()
    })
    afterEach(() => installation.close())

    it('is empty at first, and bound to its own id', async () => {
      const { log } = await installation.open()
      expect(log.head()).toEqual(emptyHead(log.id))
    })

    it('has the same id for all that open it', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      expect(b.log.id).toBe(a.log.id)
    })

    it('numbers commits and events without gaps, each linked to the one before', async () => {
      const storage = await installation.open()
      for (let n = 1; n <= 5; n += 1) await register(storage, `person-${n}`)
      expect(verifyChain(storage.log)).toEqual(storage.log.head())
      expect(storage.log.eventsAfter(0, -1).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5])
    })

    it('answers a writer with the position of its commit, and shows the commit at once', async () => {
      const storage = await installation.open()
      await register(storage, 'ada')
      const { position, sequence } = await register(storage, 'bob')
      expect(storage.log.head()).toMatchObject({ position, sequence })
      expect(storage.log.eventsAt([sequence])).toHaveLength(1)
      expect(storage.views.users.byUsername('bob')).not.toBeNull()
    })

    it('reads as many events after a number as asked for', async () => {
      const storage = await installation.open()
      for (let n = 1; n <= 4; n += 1) await register(storage, `person-${n}`)
      expect(storage.log.eventsAfter(1, 2).map(({ sequence }) => sequence)).toEqual([2, 3])
      expect(storage.log.eventsAfter(4, 2)).toEqual([])
      expect(storage.log.eventsAt([3, 99, 1]).map(({ sequence }) => sequence)).toEqual([3, 1])
    })

    it('is the same for all: what one appends, the others see', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      await register(a, 'ada')
      const { position } = await register(a, 'bob')
      expect(await b.reached(position)).toBe(true)
      expect(b.log.head()).toEqual(a.log.head())
      expect(b.log.eventsAfter(0, -1)).toEqual(a.log.eventsAfter(0, -1))
      expect(b.log.commitsAfter(0, 10)).toEqual(a.log.commitsAfter(0, 10))
    })

    it('keeps everything when it is closed and opened again', async () => {
      const before = await installation.open()
      await register(before, 'ada')
      const head = before.log.head()
      await before.close()
      const after = await installation.open()
      expect(after.log.head()).toEqual(head)
      expect(after.views.users.byUsername('ada')?.username).toBe('ada')
    })

    it('gives a subscriber every event once and in order, from every writer', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      await register(a, 'past')
      const stop = new AbortController()
      const seen: StoredEvent[] = []
      const following = (async () => {
        for await (const page of subscribe(b.log, b.watch, 0, stop.signal)) {
          seen.push(...page)
          if (seen.length >= 9) stop.abort()
        }
      })()
      const writers = [a, b, a, b].map((storage, n) => register(storage, `now-${n}`))
      await Promise.all(writers)
      for (let n = 0; n < 4; n += 1) await register(n % 2 ? a : b, `then-${n}`)
      await following
      expect(seen.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect(eventTypes(b)).toEqual(Array(9).fill('UserRegistered'))
    })

    it('says when a position is not reached in time', async () => {
      const storage = await installation.open()
      const { position } = await register(storage, 'ada')
      expect(await storage.reached(position)).toBe(true)
      expect(await storage.reached(position + 1)).toBe(false)
    })

    it('keeps a secret under its first value, for all', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      expect(await a.keys.secret('cookie-key')).toBeNull()
      const kept = await Promise.all([
        a.keys.ensureSecret('cookie-key', Buffer.from('first')),
        b.keys.ensureSecret('cookie-key', Buffer.from('second')),
      ])
      expect(Buffer.from(kept[0])).toEqual(Buffer.from(kept[1]))
      expect(Buffer.from((await a.keys.secret('cookie-key')) ?? [])).toEqual(Buffer.from(kept[0]))
      await a.keys.removeSecret('cookie-key')
      expect(await b.keys.secret('cookie-key')).toBeNull()
    })

    it('loads subject keys until they are destroyed', async () => {
      const [a, b] = [await installation.open(), await installation.open()]
      const keys = ['one', 'two', 'three.7'].map((id, n) => ({ id, key: new Uint8Array(32).fill(n) }))
      await a.keys.add(keys)
      const ids = [...keys.map(({ id }) => id), 'unknown']
      expect([...(await b.keys.load(ids)).keys()].sort()).toEqual(['one', 'three.7', 'two'])
      const two = (await b.keys.load(['two'])).get('two')
      expect(two?.export()).toEqual(Buffer.alloc(32, 1))
      await b.keys.destroy(['two', 'three.7'])
      expect([...(await a.keys.load(ids)).keys()]).toEqual(['one'])
    })

    it('has a stored answer for every command', async () => {
      const storage = await installation.open()
      const registration = systemCommand('register-user', { userid: 'lusab-babad', username: 'ada' })
      const { position, sequence } = await storage.commands.submit(registration)
      const outcome = JSON.stringify({ userid: 'lusab-babad' })
      expect(storage.log.outcomeOf(registration.id)).toEqual({ position, sequence, outcome })
      expect(storage.log.outcomeOf('unknown')).toBeNull()
    })
  })
}
