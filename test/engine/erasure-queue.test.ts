import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { type OpenEngine, openEngine } from '../support/open-engine.ts'

describe('while the files are searched for the traces of an erased person', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  let open: OpenEngine
  /** One for each search that began, to let it end or fail. */
  let searches: { end: () => void; fail: (cause: Error) => void }[]

  beforeEach(() => {
    directory = temporaryDirectory()
    searches = []
    open = openEngine(filesIn(directory.path), {
      replace: ({ scrubber }) => ({
        scrubber: {
          rewrite: () => scrubber.rewrite(),
          scrub: async (...search) => {
            await new Promise<void>((end, fail) => searches.push({ end, fail }))
            await scrubber.scrub(...search)
          },
        },
      }),
    })
  })

  afterEach(async () => {
    await open.close()
    directory.remove()
  })

  async function register(): Promise<string> {
    const userid = generateUserid()
    await open.engine.submit(command('register-user', { userid, username: `user-${userid}` }, SYSTEM_ACTOR))
    return userid
  }

  /** Submits a command and records its result. */
  function begin(submitted: ReturnType<typeof erase>): { done: Promise<unknown>; state: () => string } {
    let state = 'pending'
    const note = (next: string) => () => {
      state = next
    }
    const done = open.engine.submit(submitted)
    done.then(note('done'), note('refused'))
    return { done, state: () => state }
  }

  const erase = (userid: string) => command('erase-user', { userid }, SYSTEM_ACTOR)

  it('other commands are answered, and an erasure only when it is done', async () => {
    const erasing = begin(erase(await register()))
    await expect.poll(() => searches.length).toBe(1)
    const other = await register()
    expect(open.views.users.byUserid(other)).not.toBeNull()
    expect(erasing.state()).toBe('pending')
    expect(open.engine.erasing).toBe(true)
    searches[0]?.end()
    await erasing.done
    expect(open.engine.erasing).toBe(false)
    expect(await open.installation.keys.marked()).toEqual([])
  })

  it('a repeated command waits too, and gets the same answer', async () => {
    const submitted = erase(await register())
    const first = begin(submitted)
    await expect.poll(() => searches.length).toBe(1)
    const second = begin(submitted)
    await register()
    expect(second.state()).toBe('pending')
    searches[0]?.end()
    expect(await second.done).toEqual(await first.done)
  })

  it('erasures that arrive meanwhile share the next search', async () => {
    const people = [await register(), await register(), await register()]
    const first = begin(erase(people[0] ?? ''))
    await expect.poll(() => searches.length).toBe(1)
    const others = people.slice(1).map((userid) => begin(erase(userid)))
    await register()
    searches[0]?.end()
    await first.done
    await expect.poll(() => searches.length).toBe(2)
    expect(others.map(({ state }) => state())).toEqual(['pending', 'pending'])
    searches[1]?.end()
    await Promise.all(others.map(({ done }) => done))
    expect(searches).toHaveLength(2)
  })

  it('a stop waits for it', async () => {
    const erasing = begin(erase(await register()))
    await expect.poll(() => searches.length).toBe(1)
    const closing = open.engine.close()
    await expect(register()).rejects.toMatchObject({ code: 'overloaded' })
    expect(erasing.state()).toBe('pending')
    searches[0]?.end()
    await closing
    expect(await open.installation.keys.marked()).toEqual([])
    await erasing.done
  })

  it('a failed erasure is left to the next start, and the next one goes on', async () => {
    const [one, two] = [await register(), await register()]
    const failing = begin(erase(one))
    await expect.poll(() => searches.length).toBe(1)
    const next = begin(erase(two))
    searches[0]?.fail(new Error('the disk'))
    await expect(failing.done).rejects.toMatchObject({ code: 'outcome_unknown' })
    await expect.poll(() => searches.length).toBe(2)
    searches[1]?.end()
    await next.done
    expect((await open.installation.keys.marked()).length).toBe(1)
  })
})
