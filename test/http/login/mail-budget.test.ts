import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DocumentStore } from '../../../src/documents/port.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import type { TestBrowser } from '../../support/browser.ts'
import { isSignedIn, mailedLink, PASSWORD, signIn } from '../../support/people.ts'

// What somebody gains by asking for mails to another person, again and again: nothing is taken from that person.

let service: TestApp
let operations: string[]
beforeEach(async () => {
  operations = []
  service = await createTestApp({
    adapt: (deps) => ({ ...deps, documents: recording(deps.documents, operations) }),
  })
  await service.register({
    username: 'ada',
    password: PASSWORD,
    email: 'ada@example.org',
    email_verified: true,
  })
})
afterEach(() => service.close())

/** Notes which operation went to which kind of document. */
function recording(documents: DocumentStore, into: string[]): DocumentStore {
  return new Proxy(documents, {
    get(target, name: keyof DocumentStore) {
      const method = target[name] as (...given: unknown[]) => unknown
      return (...given: unknown[]) => {
        into.push(`${name} ${String(given[0]).replace(/^throttle_open$/, 'throttle')}`)
        return method.apply(target, given)
      }
    },
  })
}

async function ask(browser: TestBrowser, username = 'ada') {
  const page = await browser.follow(await browser.get('/login'))
  expect(page.statusCode).toBe(200)
  const reply = await browser.submit('/login/link', { username })
  await service.settled()
  return reply
}

const mailsToAda = () => service.mails.filter(({ subject }) => subject === 'Your sign-in link').length

const HOME = '192.0.2.44'
const STRANGERS: Record<string, (time: number, one: TestBrowser) => TestBrowser> = {
  'one browser': (_time, one) => one,
  'one address with new browsers': () => service.browser('198.51.100.9'),
  'many addresses': (time) => service.browser(`198.51.100.${time}`),
  'her own address': () => service.browser(HOME),
}

/** How the browser of the owner is known, or becomes known. */
const OWNERS: Record<string, (browser: TestBrowser) => Promise<void>> = {
  'a browser where she gave her password': async (browser) => {
    await signIn(browser, 'ada')
    await browser.get('/account')
    await browser.submit('/logout')
  },
  'a browser where she used a link': async (browser) => {
    await ask(browser)
    const { token } = await mailedLink(service)
    await browser.get(`/link/${token}`)
    await browser.submit(`/link/${token}`)
    await browser.get('/account')
    await browser.submit('/logout')
  },
}

const cases = Object.keys(STRANGERS).flatMap((stranger) =>
  [...Object.keys(OWNERS), 'a new browser that asks again'].map((owner) => ({ stranger, owner })),
)

describe.each(cases)('B11 M7 while a stranger asks from $stranger', ({ stranger, owner }) => {
  it(`mail still reaches ${owner}`, async () => {
    const browser = service.browser(HOME)
    await OWNERS[owner]?.(browser)
    const one = service.browser('203.0.113.5')
    for (let time = 0; time < 25; time += 1) await ask(STRANGERS[stranger]!(time, one))
    if (!(owner in OWNERS)) await ask(browser)
    const before = mailsToAda()
    await ask(browser)
    expect(mailsToAda()).toBe(before + 1)
    const { token } = await mailedLink(service)
    await browser.get(`/link/${token}`)
    await browser.submit(`/link/${token}`)
    expect(await isSignedIn(browser)).toBe(true)
  })
})

describe.each(Object.keys(STRANGERS))('M7 a request from %s', (stranger) => {
  it.each(['link', 'code'])('neither voids nor hides the %s that the owner has', async (way) => {
    const browser = service.browser(HOME)
    await browser.get('/login?return_to=%2Fmanage')
    await browser.submit('/login/link', { username: 'ada' })
    const { token, code } = await mailedLink(service)
    const one = service.browser('203.0.113.5')
    for (let time = 0; time < 8; time += 1) await ask(STRANGERS[stranger]!(time, one))
    if (way === 'code') {
      await browser.get('/login/code')
      await browser.submit('/login/code', { code })
    } else {
      await browser.get(`/link/${token}`)
      expect((await browser.submit(`/link/${token}`)).headers.location).toBe('/manage')
    }
    expect(await isSignedIn(browser)).toBe(true)
  })
})

it('M7 an own request too many does not hide the link that came', async () => {
  const browser = service.browser(HOME)
  for (let time = 0; time < 12; time += 1) await ask(browser)
  const { code } = await mailedLink(service)
  await browser.get('/login/code')
  await browser.submit('/login/code', { code })
  expect(await isSignedIn(browser)).toBe(true)
})

it('B11 bounds what reaches one recipient, for all callers and addresses together', async () => {
  for (let time = 0; time < 40; time += 1) {
    const browser = service.browser(`198.51.${time}.1`)
    for (let again = 0; again < 3; again += 1) await ask(browser)
  }
  expect(mailsToAda()).toBe(15)
  const living = service.storage.views.magicLinks.pendingOfUser(
    service.storage.views.users.byUsername('ada')?.userid ?? '',
  )
  expect(living.length).toBeLessThanOrEqual(15)
})

it('B11 signed in, she gets the confirmation of her address however many others asked', async () => {
  const eve = await service.register({ username: 'eve', password: PASSWORD, email: 'eve@example.org' })
  const browser = service.browser(HOME)
  await signIn(browser, 'eve')
  for (let time = 0; time < 25; time += 1) await ask(service.browser(HOME), 'eve')
  await browser.get('/account')
  await browser.submit('/account/email/verify')
  await service.settled()
  expect(service.mails.at(-1)?.subject).toBe('Confirm your mail address')
  expect(service.storage.views.magicLinks.pendingOfUser(eve)).not.toEqual([])
})

it('B11 does the same for a name that is nobody’s, over the whole budget and beyond', async () => {
  const doneFor = async (username: string) => {
    const seen: string[][] = []
    const browser = service.browser(`198.51.100.${username.length}`)
    for (let time = 0; time < 12; time += 1) {
      await browser.get('/login')
      operations.length = 0
      await browser.submit('/login/link', { username })
      await service.settled()
      seen.push(operations.filter((operation) => !operation.endsWith(' decoy')))
    }
    return seen
  }
  const known = await doneFor('ada')
  const unknown = await doneFor('nobody')
  // Where the account has its event, the other has a write that costs as much: one more counter.
  const reads = (all: string[][]) =>
    all.map((one) => one.filter((operation) => !operation.startsWith('increment')))
  expect(reads(unknown)).toEqual(reads(known))
  const counted = (all: string[][]) =>
    all.map((one) => one.filter((operation) => operation.startsWith('increment')).length)
  expect(counted(unknown).map((count, index) => count - (counted(known)[index] ?? 0))).toEqual([
    1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
  ])
})
