import type { Head } from '../events/commit.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import type { Installation } from '../log/installation.ts'
import type { Condition, Writer, WriterOptions } from './port.ts'
import { openSqliteWriter } from './sqlite.ts'

/**
 * Opens the back end for writing in this thread, and finishes erasures that a crash interrupted.
 *
 * @param keysAhead whether subject keys are made ahead of their use.
 */
export async function openWriter(
  files: Installation,
  onCommit: (head: Head) => void,
  keysAhead = false,
  clock: Clock = systemClock,
  onCondition: (condition: Condition | null) => void = () => undefined,
): Promise<Writer> {
  const options: WriterOptions = { keysAhead, clock, onCommit, onCondition }
  if (!files.mongodb) return openSqliteWriter(files, options)
  // The driver takes a fifth of the memory of a server, so it is loaded only where it is used.
  const { openMongoWriter } = await import('./mongodb.ts')
  return openMongoWriter(files, files.mongodb, options)
}
