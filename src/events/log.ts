import { z } from 'zod'
import { defineEvent } from './definition.ts'

export const LogRestored = defineEvent({
  type: 'LogRestored',
  stream: 'log',
  summary: 'The log was restored from a backup: a new epoch began, and cursors of the old one are void.',
  open: { from_epoch: z.number().int().min(1), backup_sequence: z.number().int().min(0) },
})
