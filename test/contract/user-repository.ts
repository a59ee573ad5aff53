import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isoTime } from '../../src/kernel/clock.ts'
import { generateUniqueUserid } from '../../src/kernel/userid.ts'
import { ADA, BOB, eventsOf, NOBODY, newUser, type RepositoriesUnderTest } from './repositories-under-test.ts'

/** States the laws of `UserRepository`; every back end runs them with a factory of its own. */
export function userRepositoryContract(name: string, make: () => Promise<RepositoriesUnderTest>): void {
  describe(`${name}: user repository`, () => {
    let t: RepositoriesUnderTest
    const users = () => t.repositories.users
    beforeEach(async () => {
      t = await make()
    })
    afterEach(() => t.close())

    it('create answers the whole user, with every default', async () => {
      const now = isoTime(t.now())
      const created = await users().create(newUser(ADA, 'ada'))
      expect(created).toEqual({
        userid: ADA,
        username: 'ada',
        preferred_username: null,
        given_name: null,
        family_name: null,
        nickname: null,
        email: null,
        email_verified: false,
        phone_number: null,
        phone_number_verified: false,
        picture: null,
        locale: null,
        groups: [],
        active: true,
        created_at: now,
        updated_at: now,
      })
      expect(await users().getByUserid(ADA)).toEqual(created)
    })

    const full = {
      preferred_username: 'Ada L.',
      given_name: 'Ada',
      family_name: 'Lovelace',
      nickname: 'Countess',
      email: 'ada@example.org',
      email_verified: true,
      phone_number: '+44 20 7946 0000',
      phone_number_verified: true,
      picture: 'https://example.org/ada.png',
      locale: 'en-GB',
      groups: ['analysts', 'staff'],
    }

    it('create keeps every field', async () => {
      expect(await users().create(newUser(ADA, 'ada', full))).toMatchObject({ ...full, username: 'ada' })
    })

    it('create of an inactive user leaves nobody who could sign in', async () => {
      const events = await eventsOf(t, () => users().create(newUser(ADA, 'ada', { active: false })))
      expect(events).toEqual(['UserRegistered', 'UserDeactivated'])
      expect(await users().getByUserid(ADA)).toMatchObject({ active: false })
    })

    it('create leaves one event, and none when it is refused', async () => {
      expect(await eventsOf(t, () => users().create(newUser(ADA, 'ada')))).toEqual(['UserRegistered'])
      const again = () => expect(users().create(newUser(ADA, 'eve'))).rejects.toThrow()
      expect(await eventsOf(t, again)).toEqual([])
    })

    it('create refuses a taken userid and a taken username, and says which', async () => {
      await users().create(newUser(ADA, 'ada'))
      const taken = (key: string) => ({ name: 'DuplicateError', code: 'already_exists', key })
      await expect(users().create(newUser(ADA, 'eve'))).rejects.toMatchObject(taken('userid'))
      await expect(users().create(newUser(BOB, 'ada'))).rejects.toMatchObject(taken('username'))
      await expect(users().create(newUser(BOB, 'ADA'))).rejects.toMatchObject(taken('username'))
      expect(await users().listUsers()).toHaveLength(1)
    })

    it('create at once under one name: one wins', async () => {
      const tries = await Promise.allSettled(
        [ADA, BOB, NOBODY].map((userid) => users().create(newUser(userid, 'ada'))),
      )
      expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
    })

    it('getByUserid and getByUsername answer the user, or null', async () => {
      const ada = await users().create(newUser(ADA, 'ada'))
      await users().create(newUser(BOB, 'bob'))
      expect(await users().getByUserid(ADA)).toEqual(ada)
      expect(await users().getByUsername('ada')).toEqual(ada)
      expect(await users().getByUserid(NOBODY)).toBeNull()
      expect(await users().getByUsername('nobody')).toBeNull()
    })

    it('update writes every field and answers the user as held', async () => {
      const ada = await users().create(newUser(ADA, 'ada'))
      t.advance(1000)
      const wanted = { ...ada, ...full, username: 'countess', active: false }
      const updated = await users().update(wanted)
      expect(updated).toEqual({ ...wanted, updated_at: isoTime(t.now()) })
      expect(await users().getByUserid(ADA)).toEqual(updated)
    })

    it('update leaves an event for each kind of change, and none when nothing differs', async () => {
      const ada = await users().create(newUser(ADA, 'ada'))
      const changed = { ...ada, given_name: 'Ada', username: 'countess', groups: ['staff'] }
      expect(await eventsOf(t, () => users().update(changed))).toEqual([
        'UserProfileChanged',
        'UsernameChanged',
        'UserGroupsChanged',
      ])
      expect(await eventsOf(t, () => users().update(changed))).toEqual([])
    })

    it('update of somebody unknown is refused as not_found, of a taken name as a duplicate', async () => {
      const ada = await users().create(newUser(ADA, 'ada'))
      await users().create(newUser(BOB, 'bob'))
      await expect(users().update({ ...ada, userid: NOBODY })).rejects.toMatchObject({ code: 'not_found' })
      await expect(users().update({ ...ada, username: 'bob' })).rejects.toMatchObject({ key: 'username' })
      expect(await users().getByUserid(ADA)).toEqual(ada)
    })

    it('listUsers pages in a stable order, 100 from the first unless told', async () => {
      expect(await users().listUsers()).toEqual([])
      for (let n = 0; n < 103; n += 1) {
        const userid = await generateUniqueUserid(users())
        await users().create(newUser(userid, `user${n}`))
      }
      const first = await users().listUsers()
      expect(first).toHaveLength(100)
      expect(await users().listUsers()).toEqual(first)
      const rest = await users().listUsers(100)
      expect(rest).toHaveLength(3)
      expect(new Set([...first, ...rest].map(({ userid }) => userid)).size).toBe(103)
      expect(await users().listUsers(2, 3)).toEqual(first.slice(2, 5))
      expect(await users().listUsers(103)).toEqual([])
    })

    it('delete answers whether there was one, and leaves an event', async () => {
      await users().create(newUser(ADA, 'ada', full))
      expect(await eventsOf(t, () => users().delete(ADA))).toEqual(['UserErased'])
      expect(await users().getByUserid(ADA)).toBeNull()
      expect(await eventsOf(t, async () => expect(await users().delete(ADA)).toBe(false))).toEqual([])
      expect(await users().delete(NOBODY)).toBe(false)
    })

    it('delete frees the name and never the id', async () => {
      await users().create(newUser(ADA, 'ada'))
      expect(await users().isUseridTaken(ADA)).toBe(true)
      expect(await users().delete(ADA)).toBe(true)
      expect(await users().isUseridTaken(ADA)).toBe(true)
      expect(await users().isUseridTaken(BOB)).toBe(false)
      await expect(users().create(newUser(ADA, 'eve'))).rejects.toMatchObject({ key: 'userid' })
      expect(await users().create(newUser(BOB, 'ada'))).toMatchObject({ userid: BOB, username: 'ada' })
    })
  })
}
