import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isoTime } from '../../src/kernel/clock.ts'
import { tokenHash } from '../../src/kernel/random.ts'
import { ADA, eventsOf, newUser, type RepositoriesUnderTest } from './repositories-under-test.ts'

const MINUTE = 60_000
const TOKEN = 'q6mR2nHk0Zf3cYw1vT9sB8xJ5uL7pD4eG-A_iOaKMXE'

/** States the laws of `MagicLinkRepository`; every back end runs them with a factory of its own. */
export function magicLinkRepositoryContract(name: string, make: () => Promise<RepositoriesUnderTest>): void {
  describe(`${name}: magic link repository`, () => {
    let t: RepositoriesUnderTest
    const links = () => t.repositories.magicLinks
    const soon = () => isoTime(t.now() + MINUTE)
    const link = (token: string, username: string) => ({ token, username, expires_at: soon() })
    beforeEach(async () => {
      t = await make()
      await t.repositories.users.create(newUser(ADA, 'ada'))
    })
    afterEach(() => t.close())

    it('create for a user makes a link that signs the user in', async () => {
      const made = await links().create(link(TOKEN, 'ada'))
      expect(made).toEqual({
        token: TOKEN,
        username: 'ada',
        expires_at: soon(),
        used: false,
        created_by: null,
        note: null,
        purpose: 'sign_in',
        userid: ADA,
        groups: [],
        revoked: false,
        created_at: isoTime(t.now()),
        link_id: made.link_id,
        email: null,
        browser_hash: null,
      })
    })

    it('create for a name that nobody has makes an invitation', async () => {
      const rest = { created_by: ADA, note: 'from the fair', groups: ['staff'] }
      const made = await links().create({ ...link(TOKEN, 'bob'), ...rest })
      expect(made).toMatchObject({ ...rest, purpose: 'invitation', userid: null, username: 'bob' })
    })

    it('create leaves one event; a known token is a duplicate', async () => {
      expect(await eventsOf(t, () => links().create(link(TOKEN, 'bob')))).toEqual(['MagicLinkIssued'])
      const again = () =>
        expect(links().create(link(TOKEN, 'eve'))).rejects.toMatchObject({
          name: 'DuplicateError',
          key: 'token',
        })
      expect(await eventsOf(t, again)).toEqual([])
    })

    it('create refuses an end that has passed or is no time', async () => {
      for (const expires_at of [isoTime(t.now()), 'tomorrow', '']) {
        await expect(links().create({ ...link(TOKEN, 'ada'), expires_at })).rejects.toMatchObject({
          code: 'invalid_input',
        })
      }
    })

    it('getByToken answers the link, also once it is used or ended, or null', async () => {
      const made = await links().create(link(TOKEN, 'ada'))
      expect(await links().getByToken(TOKEN)).toEqual(made)
      await links().markUsed(TOKEN)
      expect(await links().getByToken(TOKEN)).toEqual({ ...made, used: true })
      expect(await links().getByToken(`${TOKEN}x`)).toBeNull()
    })

    it('the token is stored nowhere, and its hash opens nothing', async () => {
      await links().create(link(TOKEN, 'ada'))
      expect(await links().getByToken(tokenHash(TOKEN))).toBeNull()
      expect(await links().markUsed(tokenHash(TOKEN))).toBe(false)
      expect(t.storedBytes().includes(TOKEN)).toBe(false)
    })

    it('markUsed is true for exactly one caller, ever', async () => {
      await links().create(link(TOKEN, 'ada'))
      const events = await eventsOf(t, async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, () => links().markUsed(TOKEN)))
        expect(answers.filter(Boolean)).toHaveLength(1)
        expect(await links().markUsed(TOKEN)).toBe(false)
      })
      expect(events).toEqual(['MagicLinkUsed'])
    })

    it('markUsed works for an invitation too', async () => {
      await links().create(link(TOKEN, 'bob'))
      expect(await links().markUsed(TOKEN)).toBe(true)
      expect(await links().getByToken(TOKEN)).toMatchObject({ used: true, userid: null })
    })

    it('markUsed is false for a link that is unknown, withdrawn or at its end', async () => {
      expect(await links().markUsed(TOKEN)).toBe(false)
      await links().create(link(TOKEN, 'ada'))
      await links().create(link('newer', 'ada'))
      expect(await links().markUsed(TOKEN)).toBe(false)
      t.advance(MINUTE)
      expect(await links().markUsed('newer')).toBe(false)
    })

    it('deleteExpired clears away what has ended and answers how many', async () => {
      await links().create(link('one', 'ada'))
      await links().create(link('two', 'bob'))
      await links().create({ ...link('late', 'eve'), expires_at: isoTime(t.now() + 2 * MINUTE) })
      expect(await links().deleteExpired()).toBe(0)
      t.advance(MINUTE)
      const events = await eventsOf(t, async () => expect(await links().deleteExpired()).toBe(2))
      expect(events).toEqual(['MagicLinkPurged', 'MagicLinkPurged'])
      expect(await links().getByToken('one')).toBeNull()
      expect(await links().getByToken('late')).toMatchObject({ used: false })
      expect(await links().deleteExpired()).toBe(0)
    })

    it('deleteExpired knows no upper limit', { timeout: 120_000 }, async () => {
      await Promise.all(Array.from({ length: 1001 }, (_, n) => links().create(link(`t${n}`, `guest${n}`))))
      t.advance(MINUTE)
      expect(await links().deleteExpired()).toBe(1001)
    })
  })
}
