import { z } from 'zod'
import { defineEvent } from './definition.ts'

export const LogRestored = defineEvent({
  type: 'LogRestored',
  stream: 'log',
  summary: 'The log was restored from a backup: a new epoch began, and cursors of the old one are void.',
  open: { from_epoch: z.number().int().min(1), backup_sequence: z.number().int().min(0) },
})

export const LossAccepted = defineEvent({
  type: 'LossAccepted',
  stream: 'log',
  summary:
    'An operator accepted that the log or keys end before what was on the disk: a new epoch began. Streams whose keys are lost ended.',
  open: {
    from_epoch: z.number().int().min(1),
    /** Where the log ended when the loss was accepted. */
    position: z.number().int().min(0),
    /** How far it had come by the watermark; `null` when that was lost too. */
    seen_position: z.number().int().min(0).nullable(),
    /** The users, links and applications whose keys are gone, by their streams. */
    lost_streams: z.array(z.string()).max(20_000),
  },
})

/** A host as browsers compare it: a domain name in lower case with its A-labels, or an IP address. */
const rpId = z.string().min(1).max(253)

export const RelyingPartyIdChanged = defineEvent({
  type: 'RelyingPartyIdChanged',
  stream: 'log',
  summary:
    'Passkeys are made for another host from now on: that of the public address. Older ones work at theirs only.',
  open: { before: rpId.nullable(), after: rpId },
})
