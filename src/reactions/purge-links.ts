import type { CommandGateway } from '../commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../commands/command.ts'
import { isoTime } from '../kernel/clock.ts'
import type { Views } from '../projections/views.ts'

/** How many links one commit removes. One pass over the file searches for the traces of all of them. */
const BATCH = 250

/**
 * Removes the links that had ended by a time (milliseconds since 1970), with the keys that seal their recipients. When
 * several nodes do so at once, the later ones find nothing left. It submits no command when no link has ended.
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
