import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { isDomainName } from '../kernel/domain-name.ts'
import { keyWeakness } from '../kernel/key-strength.ts'
import { readMailAddress } from '../kernel/mail-address.ts'
import { PASSWORD_LENGTH } from '../kernel/password-length.ts'
import { Secret } from '../kernel/secret.ts'
import { issuerProblem } from './issuer.ts'
import { mongodbUriProblem } from './mongodb-uri.ts'
import { cutAuthority, userInfoProblem } from './user-info.ts'

// How the text of each setting is checked and parsed. Messages never repeat the value: it may be a secret.

/** Any text on one line. */
export const plainText = z.string().regex(/^[^\p{Cc}]+$/u, 'must be text without control characters')

/** Makes a schema from a function that says what is wrong with a text. */
const judged = (problemOf: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

/** The public address: its origin, normalised. */
export const issuerUrl = plainText.pipe(judged(issuerProblem)).transform((text) => new URL(text).origin)

export const listenHost = z.string().refine((text) => isIP(text) !== 0 || isDomainName(text.toLowerCase()), {
  error: 'must be an IP address (IPv6 without brackets) or a host name',
})

export const portNumber = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number from 0 to 65535')
  .transform(Number)
  .refine((port) => port <= 65_535, { error: 'must be a whole number from 0 to 65535' })

const UNITS = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const

/** A number of bytes, with or without a unit. */
export const byteCount = z
  .string()
  .regex(/^\d{1,12}[KMG]?$/, 'must be a whole number of bytes, or one with K, M or G')
  .transform((text) => {
    const unit = text.replace(/^\d+/, '') as keyof typeof UNITS
    return Number.parseInt(text, 10) * UNITS[unit]
  })

const PASSWORD_LENGTHS = `must be a whole number from ${PASSWORD_LENGTH.least} to ${PASSWORD_LENGTH.most}`

export const passwordLength = z
  .string()
  .regex(/^\d{1,3}$/, PASSWORD_LENGTHS)
  .transform(Number)
  .refine((length) => length >= PASSWORD_LENGTH.least && length <= PASSWORD_LENGTH.most, {
    error: PASSWORD_LENGTHS,
  })

export const mongodbUri = plainText.pipe(judged(mongodbUriProblem)).transform((text) => new Secret(text))

export const mongodbDatabase = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,63}$/, 'must be 1 to 63 letters, digits, - or _')

/** 32 random bytes in base64. */
export const keyBytes = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, {
    error: 'must be 32 bytes in base64 (44 characters, the last one =)',
    abort: true,
  })
  .pipe(judged((text) => keyWeakness(Buffer.from(text, 'base64'))))
  .transform((text) => new Secret<Uint8Array>(Buffer.from(text, 'base64')))

export const smtpUrl = plainText.pipe(judged(smtpUrlProblem)).transform((text) => new Secret(text))

function smtpUrlProblem(text: string): string | null {
  const [scheme] = /^smtps?:\/\//i.exec(text) ?? []
  const isHosts = (hosts: string) => /^[^:]+(:\d+)?$/.test(hosts)
  const { userInfo, hosts } = cutAuthority(text.slice(scheme?.length ?? 0), isHosts)
  const problem = scheme && userInfo !== null ? userInfoProblem(userInfo) : null
  if (problem !== null) return problem
  const isUrl = scheme && hosts !== '' && !/\s/.test(text) && URL.canParse(text)
  return isUrl ? null : 'must begin with smtp:// or smtps:// and name a host'
}

export const mailAddress = z.string().transform((text, context) => {
  const read = readMailAddress(text)
  if ('address' in read) return read.address
  context.addIssue(read.problem)
  return z.NEVER
})

/** Addresses and networks, comma-separated; `off` for none. */
export const proxyList = z.string().transform((text, context) => {
  if (text === 'off') return []
  const entries = text.split(',').map((entry) => entry.trim())
  for (const entry of entries) {
    if (!isAddressOrNetwork(entry)) {
      context.addIssue('must be IP addresses or networks (CIDR), separated by commas')
      return z.NEVER
    }
  }
  return entries
})

function isAddressOrNetwork(entry: string): boolean {
  const [address = '', prefix = '', ...rest] = entry.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (!entry.includes('/')) return true
  if (!/^\d{1,3}$/.test(prefix)) return false
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4')
    return true
  } catch {
    return false
  }
}

export const yesOrNo = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true')
