import type { MagicLinkService } from '../../authn/magic-link-service.ts'
import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { takeFrom } from '../guards/budget.ts'

/**
 * How often the code of a link may be mistyped where the link itself is known (NIST SP 800-63B-4 §3.2.2). The code
 * tells a person from a program that follows links; the link has its own 256 bits.
 */
const TRIES = [{ limit: 100, window: 24 * 60 * 60_000 }] as const

/** Checks the code that is typed beside a link: it shows that a person, and no program, read the message. */
export async function typesCode(
  linkId: string,
  code: string,
  deps: { documents: DocumentStore; clock: Clock; links: MagicLinkService },
): Promise<boolean> {
  if (code.trim() === '') return false
  const tries = await takeFrom(TRIES, `link-code:${linkId}`, deps)
  return tries.within && deps.links.isCodeOf(linkId, code)
}
