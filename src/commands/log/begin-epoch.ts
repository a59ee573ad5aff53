import { LogRestored } from '../../events/log.ts'
import { defineCommand } from '../definition.ts'

/** Records that the log was restored from a backup and that cursors of the old epoch are void. */
export const beginEpoch = defineCommand({
  type: 'begin-epoch',
  schema: LogRestored.open,
  decide: (_views, input) => ({
    events: [{ type: 'LogRestored', stream: 'log', subject: null, data: input }],
    outcome: { from_epoch: input.from_epoch },
  }),
})
