import { emptyHead, follow } from '../../events/chain.ts'
import type { Head } from '../../events/commit.ts'
import type { SqlConnection } from '../../kernel/sql.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import type { SqliteLog } from './commit-log.ts'

/** How many of the last commits are hashed again at every start. `audit verify` does them all. */
const TAIL = 64

/** Hashes the last commits of a log again, and returns its head. @throws StartRefused with the position of a fault. */
export function assertEndSound(log: SqliteLog): Head {
  const head = log.head()
  const from = Math.max(0, head.position - TAIL)
  let reached = from === 0 ? emptyHead(log.id) : headAt(log, from)
  for (const commit of log.commitsAfter(from, TAIL)) {
    const next = follow(reached, commit)
    if ('fault' in next)
      throw new StartRefused(`The log is damaged at position ${reached.position + 1}: ${next.fault}`)
    reached = next
  }
  return head
}

/**
 * Checks, without reading the whole log, that its end is sound and that the read models are exactly there.
 *
 * @throws StartRefused with the position of the fault.
 */
export function assertTailIntact(sql: SqlConnection, log: SqliteLog): void {
  const head = soundEnd(log)
  const models = sql.prepare('SELECT position, sequence, epoch, hash FROM read_model_head').get() as
    | Omit<Head, 'log'>
    | undefined
  const position = models?.position ?? 0
  if (position !== head.position) {
    throw new StartRefused(
      `The read models are at position ${position}, but the log ends at ${head.position}: ` +
        (position > head.position
          ? 'commits are missing from the log'
          : 'run `countersign projections rebuild`'),
    )
  }
  if (models && (models.sequence !== head.sequence || models.epoch !== head.epoch)) {
    throw new StartRefused(
      `read_model_head {"position":${position}} says another sequence number or epoch than the log: run \`countersign projections rebuild\``,
    )
  }
  if (models && !Buffer.from(models.hash).equals(head.hash)) {
    throw new StartRefused(
      `The read models were built from another log than the one that ends at ${head.position}`,
    )
  }
}

function soundEnd(log: SqliteLog): Head {
  try {
    return assertEndSound(log)
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error
    throw new StartRefused(`${error.message}; restore a backup with \`countersign restore FILE\``, {
      cause: error,
    })
  }
}

function headAt(log: SqliteLog, position: number): Head {
  const [commit] = log.commitsAfter(position - 1, 1)
  const last = commit?.events.at(-1)
  if (!commit || commit.position !== position || !last) {
    throw new StartRefused(`The log is damaged at position ${position}: the commit is missing or empty`)
  }
  return { log: log.id, epoch: commit.epoch, position, sequence: last.sequence, hash: commit.hash }
}
