import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { joinWithPasskey, PASSWORD, signIn } from '../../support/people.ts'
import { Tally, type Work } from '../../support/tally.ts'

const WRONG = 'some other words altogether'
const NOTHING: Work = { hashes: 0, writes: 0, reads: 0, mails: 0 }

let service: TestApp
let tally: Tally
let addresses = 0
beforeEach(async () => {
  tally = new Tally()
  service = await createTestApp({ adapt: tally.adapt })
})
afterEach(() => service.close())

/** A browser at an address of its own, which shows the sign-in page. */
async function stranger() {
  addresses += 1
  const browser = service.browser(`198.51.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`)
  await browser.get('/login')
  return browser
}

/** Whom a name may belong to; each makes it so. */
const ACCOUNTS: readonly (readonly [string, (username: string) => Promise<void>])[] = [
  ['nobody', async () => undefined],
  [
    'somebody with a password and an address',
    async (username) => {
      await service.register({ username, password: PASSWORD, email: `${username}@example.org` })
    },
  ],
  [
    'somebody with a passkey only, and no address',
    async (username) => {
      await joinWithPasskey(service, username)
    },
  ],
  [
    'somebody who is deactivated',
    async (username) => {
      const userid = await service.register({
        username,
        password: PASSWORD,
        email: `${username}@example.org`,
        email_verified: true,
      })
      await service.does('change-user', { userid, changes: { active: false } })
    },
  ],
  [
    'somebody whose mails of this hour are used up',
    async (username) => {
      await service.register({ username, email: `${username}@example.org` })
      for (let mail = 0; mail < 6; mail += 1) {
        await (await stranger()).submit('/login/link', { username })
      }
    },
  ],
]

/** What a stranger can ask for with a name, each with what came before it. */
const REQUESTS: readonly (readonly [string, (username: string) => Promise<() => Promise<unknown>>])[] = [
  [
    'a mailed link',
    async (username) => {
      const browser = await stranger()
      return () => browser.submit('/login/link', { username })
    },
  ],
  ...([1, 5, 11, 12] as const).map(
    (count) =>
      [
        `failed password number ${count}`,
        async (username: string) => {
          for (let failed = 1; failed < count; failed += 1) await signIn(await stranger(), username, WRONG)
          const browser = await stranger()
          return () => browser.submit('/login', { username, password: WRONG })
        },
      ] as const,
  ),
  [
    'a wrong code',
    async (username) => {
      const browser = await stranger()
      await browser.follow(await browser.submit('/login/link', { username }))
      return () => browser.submit('/login/code', { code: 'AAAA-AAAA' })
    },
  ],
]

describe.each(REQUESTS)('B1 %s: the work is the same', (_what, prepare) => {
  it('before the reply and after it, with and without an account of that name', async () => {
    const done: { account: string; before: Work; after: Work }[] = []
    for (const [index, [account, make]] of ACCOUNTS.entries()) {
      const username = `somebody-${index}`
      await make(username)
      const ask = await prepare(username)
      await service.settled()
      tally.look()
      await ask()
      const before = tally.look()
      await service.settled()
      done.push({ account, before, after: tally.look() })
    }
    const [first] = done
    for (const { account, before, after } of done) {
      expect({ account, before, after }).toEqual({ account, before: first?.before, after: first?.after })
    }
  })
})

it('B1 what differs by the account is put off to a moment that nobody can line up with', async () => {
  const putOff: (() => Promise<void>)[] = []
  service.deps.background.later = (task) => void putOff.push(task)
  for (const [index, [, make]] of ACCOUNTS.slice(0, 4).entries()) {
    const username = `somebody-${index}`
    await make(username)
    await service.settled()
    const browser = await stranger()
    await browser.submit('/login/link', { username })
    await service.settled()
    tally.look()
    await browser.get('/login')
    await service.settled()
    expect(tally.look()).toEqual(NOTHING)
  }
  for (const task of putOff) await task()
  expect(tally.look()).toMatchObject({ hashes: 0, writes: 12, mails: 4 })
})
