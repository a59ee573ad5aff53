import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../src/events/envelope.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { ReactionFact } from '../../src/reactions/follower.ts'
import { NotNow, type Reaction } from '../../src/reactions/reaction.ts'
import { type RunningReactions, runReactions } from '../../src/reactions/runner.ts'
import type { InstallationUnderTest, Node } from './storage-under-test.ts'
import { register, systemCommand } from './storage-under-test.ts'

const QUICK = { attempts: 3, firstRetry: 1, longestRetry: 2, lease: 60_000, renew: 20, gather: 1 }

/** States the laws of reactions, one per case; every back end runs them with a factory of its own. */
export function reactionContract(name: string, make: () => Promise<InstallationUnderTest>): void {
  describe(`${name}: reactions`, () => {
    let installation: InstallationUnderTest
    let storage: Node
    let facts: ReactionFact[]
    let running: RunningReactions[]
    beforeEach(async () => {
      installation = await make()
      storage = await installation.open()
      facts = []
      running = []
    })
    afterEach(async () => {
      for (const each of running) await each.stop()
      await installation.close()
    })

    /** A reaction to registrations that notes what it was given, and may fail. */
    function greeting(fail: (event: RecordedEvent, call: number) => void = () => undefined) {
      const seen: number[] = []
      const reaction: Reaction = {
        name: 'greeting',
        types: ['UserRegistered'],
        async react(event) {
          seen.push(event.sequence)
          fail(event, seen.length)
        },
      }
      return { reaction, seen }
    }

    function run(reactions: readonly Reaction[], holder = 'one', on: Node = storage) {
      const started = runReactions(reactions, {
        log: on.log,
        keys: on.keys,
        audit: on.views.audit,
        cursors: on.cursors,
        watch: on.watch,
        clock: systemClock,
        holder,
        report: (fact) => facts.push(fact),
        fault: (error) => {
          throw error
        },
        timing: QUICK,
      })
      running.push(started)
      return started
    }

    const begun = () => expect.poll(() => storage.cursors.find('greeting')).not.toBeNull()

    it('follow what happens from their first start on, each event once, in order', async () => {
      await register(storage, 'before')
      const { reaction, seen } = greeting()
      run([reaction])
      await begun()
      const sequences: number[] = []
      for (const username of ['ada', 'bob', 'eve']) {
        const { userid, sequence } = await register(storage, username)
        sequences.push(sequence)
        await storage.commands.submit(
          systemCommand('change-user', { userid, changes: { groups: ['staff'] } }),
        )
      }
      await expect.poll(() => seen).toEqual(sequences)
    })

    it('go on after a stop with what happened meanwhile', async () => {
      const first = greeting()
      const stopped = run([first.reaction])
      await begun()
      await register(storage, 'ada')
      await expect.poll(() => first.seen).toHaveLength(1)
      await stopped.stop()
      const { sequence } = await register(storage, 'bob')
      const second = greeting()
      run([second.reaction])
      await expect.poll(() => second.seen).toEqual([sequence])
    })

    it('try an event again while the world outside is not ready, and give none up', async () => {
      const { reaction, seen } = greeting((_event, call) => {
        if (call < 10) throw new NotNow('the mail server is away')
      })
      run([reaction])
      await begun()
      const { sequence } = await register(storage, 'ada')
      const next = await register(storage, 'bob')
      await expect.poll(() => seen.at(-1)).toBe(next.sequence)
      expect(seen).toEqual([...Array.from({ length: 10 }, () => sequence), next.sequence])
      expect(await storage.cursors.parked('greeting')).toEqual([])
    })

    it('park an event that fails again and again, say so without its text, and go on', async () => {
      const { reaction, seen } = greeting((event) => {
        if (event.sequence === poison) throw new TypeError('ada@example.org')
      })
      run([reaction])
      await begun()
      const { sequence: poison } = await register(storage, 'ada')
      const { sequence: next } = await register(storage, 'bob')
      await expect.poll(() => seen.at(-1)).toBe(next)
      expect(seen).toEqual([poison, poison, poison, next])
      expect(await storage.cursors.parked('greeting')).toMatchObject([
        { sequence: poison, reason: 'TypeError' },
      ])
      expect(facts.filter(({ what }) => what === 'parked')).toEqual([
        { reaction: 'greeting', what: 'parked', sequence: poison, reason: 'TypeError' },
      ])
      expect(JSON.stringify(facts)).not.toContain('ada@')
    })

    it('run in one process at a time, and go over when it stops', async () => {
      const other = await installation.open()
      const first = greeting()
      const second = greeting()
      const stopped = run([first.reaction], 'one')
      await begun()
      run([second.reaction], 'two', other)
      const { sequence } = await register(storage, 'ada')
      await expect.poll(() => storage.cursors.find('greeting')).toMatchObject({ sequence })
      await stopped.stop()
      await register(storage, 'bob')
      await expect.poll(() => second.seen).toHaveLength(1)
      expect(first.seen).toHaveLength(1)
    })

    it('tell how far they are', async () => {
      const { reaction, seen } = greeting()
      const started = run([reaction])
      await begun()
      await register(storage, 'ada')
      await expect.poll(() => seen).toHaveLength(1)
      await expect.poll(started.status).toEqual([{ name: 'greeting', running: true, lag: 0, parked: 0 }])
    })

    it('of another log begin at its end and say so', async () => {
      const { sequence } = await register(storage, 'ada')
      await storage.cursors.hold('setup', systemClock(), systemClock() + 60_000)
      await storage.cursors.advance('setup', systemClock(), 'greeting', {
        sequence: 99,
        eventId: 'elsewhere',
      })
      await storage.cursors.release('setup')
      const { reaction, seen } = greeting()
      run([reaction])
      await expect.poll(() => facts).toMatchObject([{ what: 'reset', sequence }])
      const next = await register(storage, 'bob')
      await expect.poll(() => seen).toEqual([next.sequence])
    })
  })
}
