import { availableParallelism } from 'node:os'
import pino from 'pino'
import { createLinks } from '../accounts/create-links.ts'
import { type PasswordCost, PasswordService } from '../authn/password-service.ts'
import { WebAuthnService } from '../authn/webauthn-service.ts'
import { createAdmission } from '../http/guards/admission.ts'
import { createSecretGuesses } from '../http/guards/client-secrets.ts'
import { createCsrf } from '../http/guards/csrf.ts'
import { LongReads } from '../http/guards/long-reads.ts'
import { createCounts } from '../http/operations/counts.ts'
import { describeError, describeRequest } from '../http/operations/request-log.ts'
import { oidcPages } from '../http/protocol/provider-pages.ts'
import { createBackground } from '../http/reply/background.ts'
import { faultReporter } from '../http/reply/refusal.ts'
import { createBrowsers } from '../http/request/browsers.ts'
import { cookieNames } from '../http/request/cookies.ts'
import { createSessions } from '../http/request/sessions.ts'
import { CarefulClock } from '../kernel/careful-clock.ts'
import { type Clock, steadyClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { isRefusedByLoad } from '../kernel/refusal.ts'
import { Secret } from '../kernel/secret.ts'
import { SERVICE_NAME } from '../kernel/service-name.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import { createMemoryTables } from '../log/sqlite/memory-tables.ts'
import { consoleMail } from '../mail/console.ts'
import type { MailPort } from '../mail/port.ts'
import { createOidc } from '../oidc/oidc.ts'
import type { Settings } from '../settings/settings.ts'
import type { Storage } from '../storage/open.ts'
import type { AppDeps } from './app-deps.ts'

/** What tests replace. */
export interface ServiceOptions {
  passwordCost?: PasswordCost
  mail?: MailPort
  logTo?: { write(line: string): void }
}

/** What the application uses, and the clock that the server itself uses. */
export type Services = AppDeps & { carefulClock: CarefulClock }

/** Creates everything that the application uses, over an open back end. */
export async function createServices(
  storage: Storage,
  settings: Settings,
  clock: Clock,
  options: ServiceOptions = {},
): Promise<Services> {
  const { documents, views, log, keys, watch } = storage
  const counts = createCounts()
  const carefulClock = new CarefulClock(clock, steadyClock)
  const commands = counts.counting(storage.commands)
  const { origin, hostname } = new URL(settings.issuer)
  const names = cookieNames(settings.issuer)
  const browsers = createBrowsers(names)
  const logger = createLogger(settings, options.logTo)
  const passwords = await PasswordService.start({
    random: systemRandom,
    concurrency: availableParallelism(),
    ...(options.passwordCost ? { cost: options.passwordCost } : {}),
  })
  const sessions = createSessions({ commands, documents, views, clock }, names)
  const admission = createAdmission({ documents, clock })
  const background = createBackground(faultReporter(logger, 'work after a reply failed'), systemRandom)
  const oidc = await createOidc({
    issuer: settings.issuer,
    commands,
    documents,
    views,
    keys,
    watch,
    clock,
    carefulTime: () => carefulClock.now(),
    browserSession: ({ headers }) => sessions.ofCookies(headers.cookie),
    pages: oidcPages,
    admit: (kind, address, { headers }) =>
      admission.admit(kind, { address, browser: browsers.ofCookies(headers.cookie) }),
    secretGuesses: createSecretGuesses({ documents, commands, clock, background }),
    report: (error) => {
      // A refusal by load is in the log line of its request.
      if (!isRefusedByLoad(error)) logger.error({ err: error }, 'the provider failed')
    },
  })
  return {
    settings,
    commands,
    documents,
    views,
    log,
    keys,
    watch,
    reached: storage.reached,
    condition: storage.condition,
    clock,
    carefulClock,
    passwords,
    passkeys: new WebAuthnService({
      documents,
      clock,
      random: systemRandom,
      rpId: hostname,
      rpName: SERVICE_NAME,
      origin,
    }),
    links: await createLinks(keys, clock),
    mail: options.mail ?? (await configuredMail(settings)),
    admission,
    browsers,
    csrf: createCsrf(await ownKey(keys, 'csrf-key'), browsers, names),
    sessions,
    oidc,
    readToken: oidc.readToken,
    openScratch: createMemoryTables,
    interactions: oidc.interactions,
    logger,
    background,
    counts,
    longReads: new LongReads(),
  }
}

/** Reads a key of the installation; the first start makes it. */
async function ownKey(keys: KeyStore, name: string): Promise<Secret<Uint8Array>> {
  return new Secret(await keys.ensureSecret(name, systemRandom(32)))
}

function createLogger({ logLevel }: Settings, to: ServiceOptions['logTo']): AppDeps['logger'] {
  const options = { level: logLevel, serializers: { req: describeRequest, err: describeError } }
  return to ? pino(options, to) : pino(options)
}

/** Opens the mail port that the settings choose; without a mail server, mail is printed with `print`. */
export async function configuredMail(
  { smtpUrl, mailFrom }: Pick<Settings, 'smtpUrl' | 'mailFrom'>,
  print: (text: string) => void = console.log,
): Promise<MailPort & { close?(): void }> {
  if (smtpUrl === null || mailFrom === null) return consoleMail(print)
  const { smtpMail } = await import('../mail/smtp.ts')
  return smtpMail({ url: smtpUrl, from: mailFrom })
}
