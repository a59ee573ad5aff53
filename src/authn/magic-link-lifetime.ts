import { Refusal } from '../kernel/refusal.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// How long a link of each purpose lives when nothing is said, and at most; milliseconds.
const LIFETIMES = {
  sign_in: { usual: 10 * MINUTE, longest: 10 * MINUTE },
  recovery: { usual: HOUR, longest: DAY },
  invitation: { usual: 3 * DAY, longest: 30 * DAY },
  claim: { usual: 30 * MINUTE, longest: 30 * MINUTE },
  email_verification: { usual: DAY, longest: DAY },
} as const

/** What a link is good for; it is good for nothing else. */
export type LinkPurpose = keyof typeof LIFETIMES

/**
 * Settles how long a link lives, in milliseconds.
 *
 * @throws Refusal `invalid_input` when `wanted` is not a time or is longer than the purpose allows.
 */
export function linkLifetime(purpose: LinkPurpose, wanted: number | undefined): number {
  const { usual, longest } = LIFETIMES[purpose]
  if (wanted === undefined) return usual
  if (!Number.isInteger(wanted) || wanted <= 0)
    throw new Refusal('invalid_input', 'A link must live for some time')
  if (wanted > longest) {
    throw new Refusal('invalid_input', `Such a link may live for at most ${longest / MINUTE} minutes`)
  }
  return wanted
}
