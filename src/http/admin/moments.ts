import { z } from 'zod'
import { readSpan, readTime, SPAN_FORMS, TIME_FORMS } from '../../kernel/time-forms.ts'

/** A moment of the log: after the event with this sequence number, or at this time. */
export type Moment = { sequence: number } | { time: string }

/** A time in any form that the command line accepts too, converted to the form of the log. */
export const anyTime = z
  .string()
  .transform((text, context) => {
    const time = readTime(text)
    if (time !== null) return time
    context.addIssue({ code: 'custom', message: timeFault(text, TIME_FORMS) })
    return z.NEVER
  })
  .describe('A date, or a time with an offset or Z (RFC 3339)')

export const moment = z
  .string()
  .transform((text, context): Moment => {
    if (/^\d{1,15}$/.test(text)) return { sequence: Number(text) }
    const time = readTime(text)
    if (time !== null) return { time }
    const forms = TIME_FORMS.replace('must be', 'must be the sequence number of an event,')
    context.addIssue({ code: 'custom', message: timeFault(text, forms) })
    return z.NEVER
  })
  .describe('The sequence number of an event, a date, or a time with an offset or Z (RFC 3339)')

/** A time span in milliseconds: a number of seconds, or text in the forms that the command line accepts. */
export const span = z
  .union([z.number().int().positive(), z.string()], { error: SPAN_FORMS })
  .transform((given, context) => {
    const milliseconds = readSpan(String(given))
    if (milliseconds !== null) return milliseconds
    context.addIssue({ code: 'custom', message: SPAN_FORMS })
    return z.NEVER
  })

/** Says what is wrong with a time in a query, where an unescaped + arrives as a space. */
function timeFault(text: string, forms: string): string {
  return / \d\d:\d\d$/.test(text) ? `${forms}; the + of an offset is written %2B in an address` : forms
}
