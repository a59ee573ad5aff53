import { LogRestored } from '../../events/log.ts'
import { defineCommand } from '../definition.ts'

/** Records that the log was restored from a backup and that what was read of the old epoch is void. */
export const beginEpoch = defineCommand({
  type: 'begin-epoch',
  schema: LogRestored.open,
  decide: (_views, input) => ({
    events: [{ type: 'LogRestored', stream: 'log', subject: null, data: input }],
    outcome: { from_epoch: input.from_epoch },
  }),
})
