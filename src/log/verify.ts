import { emptyHead, follow } from '../events/chain.ts'
import type { Commit, Head } from '../events/commit.ts'

/** The first fault of a log, and its position. */
export interface ChainFault {
  position: number
  reason: string
}

/** A log that can be read from its first commit on. */
export interface WalkableLog {
  readonly id: string
  commitsAfter(position: number, limit: number): Commit[]
}

const PAGE = 256

/**
 * Verifies the whole chain: every commit must have the next position, carry the hash of the one before, and have the
 * hash that it states.
 *
 * @param expected an earlier head that the log must still contain: a chain alone cannot show that its end was cut off.
 * @returns the head, or the first fault.
 */
export function verifyChain(
  log: WalkableLog,
  expected?: Pick<Head, 'log' | 'position' | 'hash'>,
): Head | ChainFault {
  if (expected && expected.log !== log.id) {
    return { position: 0, reason: `the checkpoint is of log ${expected.log}, this is ${log.id}` }
  }
  let head = emptyHead(log.id)
  let limit = PAGE
  for (;;) {
    const page = readPage(log, head.position, limit)
    if ('reason' in page) {
      if (limit === 1) return page
      // The fault is in this page; reading one commit at a time finds it.
      limit = 1
      continue
    }
    for (const commit of page) {
      const next = follow(head, commit)
      if ('fault' in next) return { position: head.position + 1, reason: next.fault }
      head = next
      if (expected?.position === head.position && !Buffer.from(expected.hash).equals(head.hash)) {
        return { position: head.position, reason: 'the hash differs from the checkpoint' }
      }
    }
    if (page.length < limit) break
  }
  if (expected && head.position < expected.position) {
    return {
      position: head.position + 1,
      reason: `the log ends here, but the checkpoint is of ${expected.position}`,
    }
  }
  return head
}

function readPage(log: WalkableLog, after: number, limit: number): Commit[] | ChainFault {
  try {
    return log.commitsAfter(after, limit)
  } catch (error) {
    return {
      position: after + 1,
      reason: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}
