import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/people.ts'
import { barriers, CHROMIUM, openChromium, openTab, shoot, type Tab } from './support/chromium.ts'
import { type Everything, openEverything } from './support/server.ts'

// Where there is no Chromium there is nothing to see; on a build machine that must be a failure.
describe.skipIf(CHROMIUM === null && !process.env.CI)('in a real browser', () => {
  let everything: Everything
  let browser: Browser
  let tab: Tab
  beforeAll(async () => {
    everything = await openEverything()
    browser = await openChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await everything?.close()
  })
  beforeEach(async () => {
    tab = await openTab(browser)
  })
  afterEach(async () => {
    await tab.close()
    // The application is not ours; browsers ask it for an icon. And they say of a page that it refused something.
    const answered = /status of (403|410) .*\/(login|interaction\/gone)\)$/
    const own = tab.complaints.filter((text) => !text.includes(everything.application))
    expect(own.filter((text) => !answered.test(text))).toEqual([])
  })

  const isAt = (page: Page, path: string) => page.waitForURL(`${everything.issuer}${path}`)

  /** Goes to the example application and on to the sign-in page. */
  async function goToApplication(page: Page) {
    await page.goto(everything.application)
    await page.click('#sign-in')
  }

  /** What the application was told, once the browser has arrived there. */
  async function arrival(page: Page): Promise<Record<string, unknown>> {
    await page.waitForURL(`${everything.application}/`)
    const text = await page.textContent('#claims')
    return JSON.parse(text ?? '{}') as Record<string, unknown>
  }

  /** Keeps a passkey of a person in the authenticator of the tab. */
  async function makePasskey({ page, devtools, authenticatorId }: Tab, username: string, password: string) {
    await page.goto(`${everything.issuer}/login`)
    await page.fill('#username', username)
    await page.fill('#password', password)
    await page.click('#sign-in')
    await isAt(page, '/account')
    await page.click('#add-passkey')
    await page.waitForSelector('text=The passkey was added.')
    await shoot(page, 'account')
    // The sign-in page behind the sign-out offers the passkey at once; nobody touches the authenticator there.
    await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false })
    await page.click('#sign-out')
    await page.waitForURL(/\/login$/)
    await page.goto('about:blank')
    await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true })
    tab.mediations.length = 0
  }

  it('the claim link makes the first administrator, with a passkey', async () => {
    const { page } = tab
    const [line] = everything.printed
    expect(line).toMatch(/^claim: http:\/\/localhost:\d+\/invite\/[A-Za-z0-9_-]{43}$/)
    await page.goto(line?.slice('claim: '.length) ?? '')
    await page.waitForSelector('#accept-passkey:visible')
    await shoot(page, 'claim')
    expect(await barriers(page)).toEqual([])
    await page.fill('#username', 'grace')
    await page.click('#accept-passkey')
    await isAt(page, '/account')
    await shoot(page, 'account-claimed')
    expect(await page.textContent('dl')).toContain('admin')
    const { credentials } = await tab.devtools.send('WebAuthn.getCredentials', {
      authenticatorId: tab.authenticatorId,
    })
    expect(credentials).toHaveLength(1)
    expect(credentials[0]?.isResidentCredential).toBe(true)
  })

  it('a passkey from the list under the name signs in to the application: one gesture, nothing typed', async () => {
    const { page } = tab
    const userid = await everything.register('penny', PASSWORD)
    await makePasskey(tab, 'penny', PASSWORD)
    // The sign-in page offers the list by itself; the authenticator waits for the person.
    await goToApplication(page)
    expect(await arrival(page)).toMatchObject({ sub: userid, email: 'penny@example.org' })
    expect(tab.mediations).toEqual(['conditional'])
    await page.click('#refresh')
    await page.waitForSelector('#refreshes:text("1")')
  })

  it('a passkey by the button signs in, and confirms', async () => {
    const { page } = tab
    await everything.register('paula', PASSWORD)
    await makePasskey(tab, 'paula', PASSWORD)
    await page.goto(`${everything.issuer}/account`)
    await isAt(page, '/account')
    await page.goto(`${everything.issuer}/account/confirm`)
    await page.waitForSelector('#sign-in-passkey:visible')
    await shoot(page, 'confirm')
    expect(await barriers(page)).toEqual([])
    await page.click('#sign-in-passkey')
    await isAt(page, '/account')
    expect(tab.mediations.at(-1)).toBe('required')
  })

  it('a password signs in to the application', async () => {
    const { page } = tab
    const userid = await everything.register('walter', PASSWORD)
    await goToApplication(page)
    await page.waitForSelector('#sign-in-passkey:visible')
    await shoot(page, 'login')
    expect(await barriers(page)).toEqual([])
    await page.fill('#username', 'walter')
    await page.fill('#password', 'not the right one')
    await page.click('#sign-in')
    await page.waitForSelector('#problem:visible')
    await shoot(page, 'login-failed')
    await page.fill('#password', PASSWORD)
    await page.click('#sign-in')
    expect(await arrival(page)).toMatchObject({ sub: userid })
  })

  it('a mailed link signs in to the application', async () => {
    const { page } = tab
    const userid = await everything.register('lena')
    await goToApplication(page)
    await page.fill('#username', 'lena')
    await page.click('#send-link')
    await page.waitForURL(/\/login\/code$/)
    await shoot(page, 'link-sent')
    expect(await barriers(page)).toEqual([])
    const mail = await everything.mailbox.arrival('lena@example.org')
    const text = mail.source.replace(/=\r?\n/g, '')
    await page.goto(/http:\/\/localhost:\d+\/link\/[A-Za-z0-9_-]{43}/.exec(text)?.[0] ?? '')
    await shoot(page, 'link')
    expect(await barriers(page)).toEqual([])
    await page.click('#use-link')
    expect(await arrival(page)).toMatchObject({ sub: userid })
  })

  it('an invitation is accepted without scripts, and signs in', async () => {
    const plain = await openTab(browser, { javaScriptEnabled: false })
    const { page } = plain
    await page.goto(await everything.link('invitation', { username: 'iris' }))
    expect(await page.isVisible('#accept-passkey')).toBe(false)
    await shoot(page, 'invitation-without-scripts')
    await page.fill('#password', PASSWORD)
    await page.click('#accept')
    await isAt(page, '/account')
    await page.click('#sign-out')
    await page.goto(everything.application)
    await page.click('#sign-in')
    await page.fill('#username', 'iris')
    await page.fill('#password', PASSWORD)
    await page.click('#sign-in')
    await page.waitForURL(`${everything.application}/`)
    expect(await page.textContent('#claims')).toContain('"sub"')
    await plain.close()
  })

  it('an application of somebody else gets what the person allows', async () => {
    const { page } = tab
    await everything.register('cora', PASSWORD)
    await everything.does('change-client', { client_id: 'example', changes: { first_party: false } })
    await goToApplication(page)
    await page.fill('#username', 'cora')
    await page.fill('#password', PASSWORD)
    await page.click('#sign-in')
    await page.waitForSelector('#consent-allow')
    await shoot(page, 'consent')
    expect(await barriers(page)).toEqual([])
    await page.click('#consent-allow')
    expect(await arrival(page)).toMatchObject({ email: 'cora@example.org' })
    await everything.does('change-client', { client_id: 'example', changes: { first_party: true } })
  })

  it('the pages of an account are without barriers, in light and dark, wide and narrow', async () => {
    const dark = await openTab(browser, { colorScheme: 'dark' })
    await everything.register('dora', PASSWORD)
    const invitation = await everything.link('invitation', { username: 'ivan' })
    for (const { page } of [tab, dark]) {
      const shade = page === dark.page ? '-dark' : ''
      await page.goto(`${everything.issuer}/login`)
      await page.waitForSelector('#sign-in-passkey:visible')
      await shoot(page, `login-alone${shade}`)
      expect(await barriers(page)).toEqual([])
      await page.fill('#username', 'dora')
      await page.fill('#password', PASSWORD)
      await page.click('#sign-in')
      await page.waitForSelector('#add-passkey:visible')
      await page.click('#add-passkey')
      await page.waitForSelector('text=The passkey was added.')
      for (const summary of await page.locator('summary').all()) await summary.click()
      await shoot(page, `account-open${shade}`)
      expect(await barriers(page)).toEqual([])
      await page.setViewportSize({ width: 380, height: 800 })
      await shoot(page, `account-narrow${shade}`)
      await page.goto(invitation)
      await page.waitForSelector('#accept-passkey:visible')
      await shoot(page, `invitation-narrow${shade}`)
      expect(await barriers(page)).toEqual([])
      await page.goto(`${everything.issuer}/interaction/gone`)
      await shoot(page, `stale${shade}`)
      expect(await barriers(page)).toEqual([])
    }
    await dark.close()
  })
})
