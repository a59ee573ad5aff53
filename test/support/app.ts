import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { vi } from 'vitest'
import type { PasswordCost } from '../../src/authn/password-service.ts'
import type { CommandInput, CommandType } from '../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import type { RecordedEvent } from '../../src/events/envelope.ts'
import { decodeEvent } from '../../src/events/payload.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import type { Mail } from '../../src/mail/port.ts'
import { createApp } from '../../src/service/app.ts'
import type { AppDeps } from '../../src/service/app-deps.ts'
import { createServices } from '../../src/service/services.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { installationFiles, openStorage, type Storage } from '../../src/storage/open.ts'
import { FAST_COST } from '../authn/fast-cost.ts'
import { backEndSettings } from './back-end.ts'
import { TestBrowser } from './browser.ts'
import { runTestReactions } from './reactions.ts'

/** An application over real storage in a directory of its own; its clock can be moved. */
export interface TestApp {
  app: FastifyInstance
  deps: AppDeps
  storage: Storage
  issuer: string
  /** Moves the clock on, and stops it there, until the application is closed. */
  advance(milliseconds: number): void
  /** Every mail that was handed over, in order. */
  mails: Mail[]
  /** Every mail that was rendered and dropped, because there was nobody to send it to. */
  rehearsed: Mail[]
  /** Every line that was logged. */
  lines: string[]
  /** Waits until no work after a reply is left. */
  settled(): Promise<void>
  /** The events since the last call, oldest first. */
  newEvents(): Promise<RecordedEvent[]>
  /** The types of the events since the last call, oldest first. */
  newTypes(): Promise<string[]>
  /** Carries out a command as the system. */
  does<T extends CommandType>(type: T, input: CommandInput<T>): Promise<void>
  /** Gives a person an account, and answers its id. */
  register(person: {
    username: string
    password?: string
    groups?: string[]
    email?: string
    email_verified?: boolean
  }): Promise<string>
  /** A browser without cookies. */
  browser(address?: string): TestBrowser
  /** Closes everything and opens it again over the same files. */
  restart(): Promise<TestApp>
  close(): Promise<void>
}

/** What a test wants otherwise than usual. */
export interface TestAppOptions {
  issuer?: string
  environment?: Record<string, string>
  directory?: string
  /** Whether what follows events is carried out too; `settled` waits for it. */
  reactions?: boolean
  /** What a password hash costs; the cheapest by default. */
  passwordCost?: PasswordCost
  /** Changes the dependencies of the application. */
  adapt?: (deps: AppDeps) => AppDeps
}

/** Opens an application in a temporary directory. Close it when done. */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const issuer = options.issuer ?? 'http://localhost:8080'
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'countersign-app-'))
  const settings = readSettings(
    {
      OIDC_OP_ISSUER: issuer,
      OIDC_OP_DATA_DIR: directory,
      OIDC_OP_SQLITE_PATH: join(directory, 'oidc_op.db'),
      ...backEndSettings(directory),
      ...options.environment,
    },
    () => '',
  )
  const storage = await openStorage(installationFiles(settings))
  const mails: Mail[] = []
  const rehearsed: Mail[] = []
  const lines: string[] = []
  const services = await createServices(storage, settings, systemClock, {
    passwordCost: options.passwordCost ?? FAST_COST,
    mail: {
      send: async (mail) => void mails.push(mail),
      rehearse: async (mail) => void rehearsed.push(mail),
    },
    logTo: { write: (line) => void lines.push(line) },
  })
  const deps = options.adapt ? options.adapt(services) : services
  const reactions = options.reactions ? await runTestReactions(storage, deps) : null
  const app = await createApp(deps, { reason: () => null })
  await app.ready()

  let seen = storage.log.head().sequence
  const settled = async () => {
    await deps.background.settled()
    await reactions?.caughtUp()
  }
  const newEvents = async () => {
    await settled()
    const stored = storage.log.eventsAfter(seen, 10_000)
    seen = stored.at(-1)?.sequence ?? seen
    const keys = await storage.keys.load(stored.flatMap(({ key_id }) => (key_id === null ? [] : [key_id])))
    return stored.map((event) => decodeEvent(event, storage.log.id, keys.get(event.key_id ?? '') ?? null))
  }
  const does = async <T extends CommandType>(type: T, input: CommandInput<T>) => {
    await storage.commands.submit(command(type, input, SYSTEM_ACTOR))
  }
  const close = async () => {
    vi.useRealTimers()
    await app.close()
    await reactions?.stop()
    await storage.close()
  }

  return {
    app,
    deps,
    storage,
    issuer,
    advance(milliseconds) {
      if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] })
      vi.setSystemTime(systemClock() + milliseconds)
    },
    mails,
    rehearsed,
    lines,
    settled,
    newEvents,
    newTypes: async () => (await newEvents()).map(({ type }) => type),
    does,
    async register({ password, ...person }) {
      const userid = generateUserid()
      await does('register-user', { userid, ...person })
      if (password !== undefined) {
        await does('set-password', { userid, password_hash: await deps.passwords.hash(password) })
      }
      return userid
    },
    browser: (address) => new TestBrowser(app, issuer, address),
    async restart() {
      await close()
      return createTestApp({ ...options, directory })
    },
    async close() {
      await close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
