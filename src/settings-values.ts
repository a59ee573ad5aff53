import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { readMailAddress } from './kernel/mail-address.ts'
import { Secret } from './kernel/secret.ts'

// What a setting's text may be, and what it becomes. The texts of the faults never repeat the value: it may be
// a secret.

/** Any text on one line. */
export const plainText = z.string().regex(/^[^\p{Cc}]+$/u, 'must be text without control characters')

/** The public address: its origin and path, without a slash at the end. */
export const issuerUrl = plainText.transform((text, context) => {
  const problem = issuerProblem(text)
  if (problem) {
    context.addIssue(problem)
    return z.NEVER
  }
  const { origin, pathname } = new URL(text)
  return origin + pathname.replace(/\/+$/, '')
})

function issuerProblem(text: string): string | null {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return 'must be an absolute https URL'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (/[?#]/.test(text)) return 'must not have a query or a fragment'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'must be https; plain http is for localhost only'
  }
  return null
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  )
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

export const listenHost = z
  .string()
  .refine((text) => isIP(text) !== 0 || (HOST_NAME.test(text) && !/^[\d.]+$/.test(text)), {
    error: 'must be an IP address (IPv6 without brackets) or a host name',
  })

export const portNumber = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number from 0 to 65535')
  .transform(Number)
  .refine((port) => port <= 65_535, { error: 'must be a whole number from 0 to 65535' })

export const passwordLength = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 8 to 64')
  .transform(Number)
  .refine((length) => length >= 8 && length <= 64, { error: 'must be a whole number from 8 to 64' })

export const mongodbUri = plainText
  .regex(/^mongodb(\+srv)?:\/\/[^\s/]/, 'must begin with mongodb:// or mongodb+srv:// and name a host')
  .transform((text) => new Secret(text))

export const mongodbDatabase = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,63}$/, 'must be 1 to 63 letters, digits, - or _')

/** 32 bytes in base64. */
export const keyBytes = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64 (44 characters, the last one =)')
  .transform((text) => new Secret<Uint8Array>(Buffer.from(text, 'base64')))

export const smtpUrl = plainText
  .refine((text) => /^smtps?:\/\/\S+$/i.test(text) && URL.canParse(text) && new URL(text).hostname !== '', {
    error: 'must begin with smtp:// or smtps:// and name a host',
  })
  .transform((text) => new Secret(text))

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
