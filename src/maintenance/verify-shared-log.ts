import { emptyHead, follow } from '../events/chain.ts'
import type { Head } from '../events/commit.ts'
import { systemClock } from '../kernel/clock.ts'
import type { Installation } from '../log/installation.ts'
import { MongoArbiter } from '../log/mongodb/arbiter.ts'
import type { MongoAddress } from '../log/mongodb/connection.ts'
import { openMongoInstallation } from '../log/mongodb/installation.ts'
import type { ChainFault } from '../log/verify.ts'

const PAGE = 64

/**
 * Verifies the whole shared log in the database; the replicas do not read old commits again.
 *
 * @param expected heads that the log must contain: that of a checkpoint, and that of this node's replica.
 * @returns the head, or the first fault.
 */
export async function verifySharedChain(
  files: Installation,
  address: MongoAddress,
  expected: readonly Pick<Head, 'position' | 'hash'>[],
): Promise<Head | ChainFault> {
  const shared = await openMongoInstallation(address, files, systemClock)
  try {
    const arbiter = new MongoArbiter(shared.commits, systemClock)
    let head = emptyHead(shared.log)
    for (;;) {
      const page = await arbiter.commitsAfter(head.position, PAGE)
      for (const commit of page) {
        const next = follow(head, commit)
        if ('fault' in next) return { position: commit.position, reason: next.fault }
        head = next
        const seen = expected.find(({ position }) => position === next.position)
        if (seen && !Buffer.from(seen.hash).equals(next.hash)) {
          return {
            position: next.position,
            reason: 'the hash differs from the one that was seen here before',
          }
        }
      }
      if (page.length < PAGE) break
    }
    const furthest = Math.max(0, ...expected.map(({ position }) => position))
    if (head.position >= furthest) return head
    return {
      position: head.position + 1,
      reason: `the log ends here, but ${furthest} commits have been seen`,
    }
  } finally {
    await shared.close()
  }
}
