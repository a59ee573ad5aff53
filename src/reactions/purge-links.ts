import type { CommandGateway } from '../commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../commands/command.ts'
import { isoTime } from '../kernel/clock.ts'
import type { Views } from '../projections/views.ts'

/** How many links one commit clears away. Their traces are searched for together, in one reading of the file. */
const BATCH = 250

/**
 * Clears away the links that had ended by a time (milliseconds since 1970), with the keys that seal their recipients.
 * Of several nodes that do so at once, the later ones find nothing left. Nothing is submitted where nothing has ended.
 */
export async function purgeLinks(
  { commands, views }: { commands: CommandGateway; views: Pick<Views, 'magicLinks'> },
  endedBy: number,
): Promise<void> {
  const ended_by = isoTime(endedBy)
  while (views.magicLinks.endedBy(ended_by, 1).length > 0) {
    const input = { limit: BATCH, ended_by }
    const { outcome } = await commands.submit(command('purge-magic-links', input, SYSTEM_ACTOR))
    if (outcome.purged < BATCH) return
  }
}
