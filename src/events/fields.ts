import { z } from 'zod'
import { readMailAddress } from '../kernel/mail-address.ts'

// The limits of what people and administrators may write to the log. Events and commands share them, so that a command
// accepts exactly what an event can hold.

/** A user id: two proquint quintuplets. */
export const userid = z.string().regex(/^[a-z]{5}-[a-z]{5}$/, 'must be a user id like lusab-babad')
/** A sign-in name: no spaces or control characters, so that it reads the same in a log line and in a mail. */
export const username = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\s\p{C}]+$/u, 'must not contain spaces or control characters')
/** A human name or other short text, without control characters. */
export const shortText = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
/** A mail address as input: one bare address, stored in the spelling of `readMailAddress`. */
export const email = z
  .string()
  .transform((text, context) => {
    const read = readMailAddress(text)
    if ('address' in read) return read.address
    context.addIssue({ code: 'custom', message: read.problem })
    return z.NEVER
  })
  .meta({ format: 'email' })
/** A mail address in an event. Old ones were accepted by another rule, and must stay readable and changeable. */
export const keptEmail = z.string().min(1).max(254).meta({ format: 'email' })
export const phoneNumber = z
  .string()
  .max(32)
  .regex(/^\+[0-9][0-9 ()-]*$/, 'must be in international form, like +41 44 123 45 67')
export const url = z
  .url({ protocol: /^https?$/, error: 'must be a web address like https://example.org/' })
  .max(2048)
/** A BCP 47 language tag. */
export const locale = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/, 'must be a language tag like de-CH')
/** A group as directories name them, composed (NFC), so that one name has one spelling. */
export const groupName = z
  .string()
  .normalize('NFC')
  .min(1)
  .max(256)
  .regex(
    /^[^\s\p{C}]+( [^\s\p{C}]+)*$/u,
    'must have no control or invisible characters, and no spaces but single ones between words',
  )
export const groups = z.array(groupName).max(256)
export const time = z.iso.datetime({
  precision: 3,
  error: 'must be a UTC time like 2030-01-31T12:00:00.000Z',
})
export const uuid = z.uuid()
/** Bytes in an event or a command: base64url without padding. */
export const base64url = z
  .string()
  .max(8192)
  .regex(/^[A-Za-z0-9_-]*$/, 'must be base64url without padding')
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
export const phc = z.string().min(1).max(512).startsWith('$', 'must be a password hash in PHC form')

/** The old and the new value of a field. */
export function changeOf<T extends z.ZodType>(value: T) {
  return z.strictObject({ before: value, after: value })
}
