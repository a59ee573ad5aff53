import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'

const PATHS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Where Chromium lies on this machine, or `null`. */
export const CHROMIUM = PATHS.find((path) => path !== undefined && existsSync(path)) ?? null

/** Starts the system's Chromium. */
export async function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A tab in a profile of its own, with an authenticator in software, that notes everything it complains of. */
export interface Tab {
  page: Page
  context: BrowserContext
  devtools: CDPSession
  authenticatorId: string
  /** Errors of the console, uncaught exceptions, and violations of the content security policy. */
  complaints: string[]
  /** How each passkey was asked for: `conditional` from the list under the name, `required` by a button. */
  mediations: string[]
  close(): Promise<void>
}

/** Opens a tab. */
export async function openTab(
  browser: Browser,
  options: { colorScheme?: 'light' | 'dark'; javaScriptEnabled?: boolean } = {},
): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width: 1000, height: 800 },
    ...options,
  })
  const complaints: string[] = []
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)
    })
  })
  const mediations: string[] = []
  await context.exposeFunction('noteMediation', (mediation: string) => void mediations.push(mediation))
  await context.addInitScript(() => {
    const get = navigator.credentials?.get.bind(navigator.credentials)
    if (!get) return
    const note = Reflect.get(globalThis, 'noteMediation') as (mediation: string) => void
    navigator.credentials.get = (options) => {
      note(options?.mediation ?? 'required')
      return get(options)
    }
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    complaints.push(`${message.text()} (${message.location().url})`)
  })
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { page, context, devtools, authenticatorId, complaints, mediations, close: () => context.close() }
}

/** Keeps a picture of the page, when `COUNTERSIGN_SHOTS` names a folder for them. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.COUNTERSIGN_SHOTS
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))

/** Lists what a page keeps from people who cannot see or point, by the rules of axe. */
export async function barriers(page: Page): Promise<string[]> {
  const source = await readFile(AXE, 'utf8')
  await page.evaluate(source)
  return page.evaluate(async () => {
    const axe = Reflect.get(globalThis, 'axe') as {
      run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
    }
    const { violations } = await axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
  })
}
