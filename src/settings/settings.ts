import { join } from 'node:path'
import { inputPhrase } from '../kernel/input.ts'
import { mailRuleProblem, readMailAddress } from '../kernel/mail-address.ts'
import type { Secret } from '../kernel/secret.ts'
import { MASK, nearestName, printable, type SettingFault, SettingsError } from './faults.ts'
import { type LOG_LEVELS, type SettingDoc, settingDocs, settingsSchema } from './schema.ts'

/** The settings of a service. */
export interface Settings {
  /** The public address, without a slash at the end; every link and redirect is built from it. */
  issuer: string
  host: string
  port: number
  dataDir: string
  storageBackend: 'sqlite' | 'mongodb'
  sqlitePath: string
  /** How many bytes of the disk are kept free for erasing, signing out and revoking. */
  diskReserve: number
  /** Set when the back end is `mongodb`. */
  mongodbUri: Secret<string> | null
  mongodbDatabase: string
  /** 32 bytes; `null` when the key generated in the data directory is to be used. */
  masterKey: Secret<Uint8Array> | null
  smtpUrl: Secret<string> | null
  /** Set when `smtpUrl` is. */
  mailFrom: string | null
  /** Whether mail addresses may have a domain without a dot. */
  mailSingleLabelDomains: boolean
  /** The least number of characters of a new password. */
  passwordMinLength: number
  /** Addresses and networks whose forwarded headers count. */
  trustProxy: string[]
  debug: boolean
  logLevel: (typeof LOG_LEVELS)[number]
}

/** The environment that settings are read from. */
export type Environment = Readonly<Record<string, string | undefined>>

type Property = keyof Settings

const PREFIX = 'OIDC_OP_'
/** Names that only the tests read. */
const OF_TESTS = 'OIDC_OP_TEST_'
const DOCS = Object.entries(settingsSchema.shape).map(([property, schema]) => {
  const doc = settingDocs.get(schema)
  if (!doc) throw new Error(`The setting ${property} is not documented`)
  return { ...doc, property: property as Property }
})

/**
 * Reads all settings from the environment, and secrets also from the files that it names.
 *
 * @param readFile returns a file's text, and throws when it cannot be read.
 * @throws SettingsError with all faults, not only the first.
 */
export function readSettings(env: Environment, readFile: (path: string) => string): Settings {
  const faults: SettingFault[] = []
  const texts: Partial<Record<Property, string>> = {}
  for (const doc of DOCS) {
    const text = givenText(doc, env, readFile, (problem, given) => faults.push(faultOf(doc, problem, given)))
    if (text !== undefined) texts[doc.property] = text
  }
  const parsed = settingsSchema.safeParse(texts, { error: inputPhrase })
  const blamed = new Set<unknown>()
  for (const { path, message } of parsed.error?.issues ?? []) {
    const doc = DOCS.find(({ property }) => property === path[0])
    if (!doc || blamed.has(path[0])) continue
    blamed.add(path[0])
    faults.push(faultOf(doc, message, givenWord(doc, env, texts[doc.property])))
  }
  faults.push(...senderFaults(env), ...missingPartners(env), ...unknownNames(env))
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults)
  const { issuer, sqlitePath, ...rest } = parsed.data
  return {
    ...rest,
    issuer: issuer ?? `http://localhost:${rest.port}`,
    sqlitePath: sqlitePath ?? join(rest.dataDir, 'oidc_op.db'),
    mongodbUri: rest.mongodbUri ?? null,
    masterKey: rest.masterKey ?? null,
    smtpUrl: rest.smtpUrl ?? null,
    mailFrom: rest.mailFrom ?? null,
  }
}

/** One line of `config show`. */
export interface SettingRow {
  variable: string
  value: string
  source: 'default' | 'env' | 'file'
}

/** Lists the effective settings and where they come from, with secrets masked. */
export function describeSettings(settings: Settings, env: Environment): SettingRow[] {
  return DOCS.map((doc) => {
    const held = settings[doc.property]
    const file = doc.secret && env[fileTwin(doc)] !== undefined
    return {
      variable: doc.variable,
      value: held === null ? (doc.otherwise ?? '') : doc.secret ? MASK : printable(String(held)),
      source: file ? 'file' : env[doc.variable] !== undefined ? 'env' : 'default',
    }
  })
}

const fileTwin = (doc: SettingDoc) => `${doc.variable}_FILE`

/** Finds the text of a setting in the environment, or in the file that its `_FILE` variable names. */
function givenText(
  doc: SettingDoc,
  env: Environment,
  readFile: (path: string) => string,
  blame: (problem: string, given: string) => void,
): string | undefined {
  const direct = env[doc.variable]
  const path = doc.secret ? env[fileTwin(doc)] : undefined
  if (direct !== undefined && path !== undefined) {
    blame(`is given twice, also as ${fileTwin(doc)}; leave one out`, MASK)
    return undefined
  }
  let text = direct
  if (path !== undefined) {
    try {
      text = readFile(path).trim()
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      blame(`the file that ${fileTwin(doc)} names cannot be read${reason}`, printable(path))
      return undefined
    }
  }
  if (text !== '') return text
  blame('is empty; leave it out for the default', givenWord(doc, env, ''))
  return undefined
}

function givenWord(doc: SettingDoc, env: Environment, text: string | undefined): string {
  const path = doc.secret ? env[fileTwin(doc)] : undefined
  if (path !== undefined) return `the file ${printable(path)}`
  return doc.secret && text !== '' ? MASK : printable(text ?? '') || 'nothing'
}

/** Reports a valid sender address that another setting does not allow. */
function senderFaults({ OIDC_OP_MAIL_FROM: sender, ...env }: Environment): SettingFault[] {
  const read = readMailAddress(sender ?? '')
  if (!('address' in read)) return []
  const mailSingleLabelDomains = env.OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS === 'true'
  const problem = mailRuleProblem(read.address, { mailSingleLabelDomains })
  if (problem === null) return []
  const doc = DOCS.filter(({ property }) => property === 'mailFrom')
  return doc.map((doc) => faultOf(doc, problem, printable(read.address)))
}

function missingPartners(env: Environment): SettingFault[] {
  const isGiven = (variable: string) => env[variable] !== undefined || env[`${variable}_FILE`] !== undefined
  const needs = (variable: string, reason: string) =>
    DOCS.filter((doc) => doc.variable === variable && !isGiven(variable)).map((doc) =>
      faultOf(doc, reason, null),
    )
  return [
    ...(env.OIDC_OP_STORAGE_BACKEND === 'mongodb'
      ? needs('OIDC_OP_MONGODB_URI', 'is needed when OIDC_OP_STORAGE_BACKEND is mongodb')
      : []),
    ...(isGiven('OIDC_OP_SMTP_URL')
      ? needs('OIDC_OP_MAIL_FROM', 'is needed when OIDC_OP_SMTP_URL is given')
      : []),
  ]
}

/** Reports every name that looks like a setting and is none. Its value is masked: the name may misspell a secret. */
function unknownNames(env: Environment): SettingFault[] {
  const known = DOCS.flatMap((doc) => (doc.secret ? [doc.variable, fileTwin(doc)] : [doc.variable]))
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(OF_TESTS))
    .filter((name) => env[name] !== undefined && !known.includes(name))
    .sort()
    .map((variable) => {
      const meant = nearestName(variable, known)
      const hint = meant ? `; did you mean ${meant}?` : ''
      return { variable, problem: `there is no such setting${hint}`, given: MASK, example: null }
    })
}

function faultOf(doc: SettingDoc, problem: string, given: string | null): SettingFault {
  return { variable: doc.variable, problem, given, example: doc.example }
}
