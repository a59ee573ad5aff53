import { z } from 'zod'
import { PasskeyRegistered } from '../../events/credential.ts'
import { userid } from '../../events/fields.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { credentialId } from './passkey-fields.ts'
import { requirePasskey } from './require-passkey.ts'

/** Renames a passkey. */
export const renamePasskey = defineCommand({
  type: 'rename-passkey',
  schema: z.strictObject({
    userid,
    credential_id: credentialId,
    device_name: PasskeyRegistered.personal.shape.device_name,
  }),
  decide: (views, { userid, credential_id, device_name: after }) => {
    const { device_name: before } = requirePasskey(views, userid, credential_id)
    const outcome = { userid }
    if (before === after) return { events: [], outcome }
    const data = { userid, credential_id, device_name: { before, after } }
    return { events: [{ type: 'PasskeyRenamed', ...ofUser(userid), data }], outcome }
  },
})
