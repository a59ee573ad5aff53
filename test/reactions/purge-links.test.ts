import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { parseIsoTime } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { tokenHash } from '../../src/kernel/random.ts'
import { purgeLinks } from '../../src/reactions/purge-links.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { type OpenEngine, openEngine } from '../support/open-engine.ts'
import { whereFound } from '../support/stored-bytes.ts'

const HOUR = 3_600_000
const START = Date.UTC(2030, 0, 1)

describe('links that have ended', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  let open: OpenEngine

  beforeEach(() => {
    directory = temporaryDirectory('memory')
    open = openEngine(filesIn(directory.path), { start: START })
  })
  afterEach(async () => {
    await open.close()
    directory.remove()
  })

  async function issue(username: string, ends: number): Promise<string> {
    const link_id = newId()
    const input = {
      link_id,
      token_hash: tokenHash(link_id),
      purpose: 'invitation' as const,
      userid: null,
      username,
      expires_at: new Date(ends).toISOString(),
      created_by: 'cli',
    }
    await open.engine.submit(command('issue-magic-link', input, SYSTEM_ACTOR))
    return link_id
  }
  const purge = (endedBy: number) => purgeLinks({ commands: open.engine, views: open.views }, endedBy)
  const eventTypes = () => open.installation.log.eventsAfter(0, -1).map(({ type }) => type)

  it.each([
    ['that nobody used', async () => undefined],
    [
      'that was used',
      async (link_id: string) => {
        const input = { token_hash: tokenHash(link_id), purpose: 'invitation' as const }
        await open.engine.submit(command('use-magic-link', input, SYSTEM_ACTOR))
      },
    ],
    [
      'that was withdrawn',
      async (link_id: string) => open.engine.submit(command('revoke-magic-link', { link_id }, SYSTEM_ACTOR)),
    ],
  ])('%s lose row, key and name, and leave an event', async (_, before) => {
    const { log, keys, db } = open.installation
    const gone = await issue('perpetua.felicitas', START + HOUR)
    await before(gone)
    const kept = await issue('somebody.else', START + 3 * HOUR)
    const ids = log.eventsAfter(0, -1).flatMap(({ key_id }) => (key_id ? [key_id] : []))
    expect(whereFound(directory.path, ['perpetua.felicitas'])).not.toEqual([])
    open.advance(2 * HOUR)
    await purge(START + HOUR)
    expect(open.views.magicLinks.byId(gone)).toBeNull()
    expect(open.views.magicLinks.byId(kept)).not.toBeNull()
    expect((await keys.load(ids)).size).toBe(1)
    expect(whereFound(directory.path, ['perpetua.felicitas'])).toEqual([])
    expect(eventTypes().filter((type) => type === 'MagicLinkPurged')).toHaveLength(1)
    expect(await differenceFromLog(db, log, keys)).toBeNull()
  })

  it('are left alone before their end, also when the caller believes it to be later than the engine does', async () => {
    const link = await issue('ada', START + HOUR)
    await purge(START + HOUR - 1)
    await purge(START + 9 * HOUR)
    expect(open.views.magicLinks.byId(link)).not.toBeNull()
    expect(parseIsoTime(open.views.magicLinks.byId(link)?.expires_at ?? '')).toBe(START + HOUR)
  })

  it('are cleared away in commits of at most 250, each link once although two nodes do it, and nothing is submitted when none is left', async () => {
    await Promise.all(Array.from({ length: 260 }, (_, index) => issue(`guest-${index}`, START + HOUR)))
    open.advance(2 * HOUR)
    const before = open.installation.log.head()
    await Promise.all([purge(START + HOUR), purge(START + HOUR)])
    const after = open.installation.log.head()
    expect(after.sequence - before.sequence).toBe(260)
    const purges = open.installation.log
      .commitsAfter(before.position, 10)
      .flatMap(({ commands }) => commands.map(({ outcome }) => JSON.parse(outcome).purged as number))
    expect(purges.every((purged) => purged <= 250)).toBe(true)
    await purge(START + HOUR)
    expect(open.installation.log.head()).toEqual(after)
  })
})
