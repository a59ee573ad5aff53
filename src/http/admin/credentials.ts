import { z } from 'zod'
import { credentialId } from '../../commands/credentials/passkey-fields.ts'
import { requireUser } from '../../commands/users/require-user.ts'
import type { WebAuthnCredential } from '../../projections/credentials/credential.ts'
import type { AdminDeps } from './deps.ts'
import { pageOf } from './paging.ts'
import { type AdminRoute, adminRoute } from './route.ts'
import { userParams } from './user-schema.ts'

/** Names the one password of a user where a passkey has its id. */
const PASSWORD_ID = 'password'

const passkeyAnswer = z.object({
  type: z.literal('webauthn'),
  credential_id: z.string().describe('base64url'),
  device_name: z.string(),
  sign_count: z.number().int(),
  transports: z.array(z.string()),
  aaguid: z.string(),
  backup_eligible: z.boolean(),
  backup_state: z.boolean(),
  created_at: z.string(),
  last_used_at: z.string().nullable(),
})
const passwordAnswer = z.object({
  type: z.literal('password'),
  credential_id: z.literal(PASSWORD_ID),
  created_at: z.string(),
})
const credentialAnswer = z.discriminatedUnion('type', [passkeyAnswer, passwordAnswer])

/** The routes that list the credentials of a user and remove one. No hash and no key is shown. */
export function credentialRoutes({ views }: AdminDeps): AdminRoute[] {
  return [
    adminRoute({
      name: 'listCredentials',
      method: 'GET',
      path: '/users/:userid/credentials',
      tag: 'credentials',
      summary: 'List the passkeys and the password of a user',
      proof: 'session',
      params: userParams,
      answer: pageOf(credentialAnswer),
      handle: async ({ params: { userid } }) => {
        requireUser(views, userid)
        const password = views.credentials.passwordOf(userid)
        const { passkeysOf } = views.credentials
        return {
          items: [
            ...passkeysOf(userid).map(showPasskey),
            ...(password
              ? [{ type: 'password', credential_id: PASSWORD_ID, created_at: password.created_at } as const]
              : []),
          ],
          next_cursor: null,
        }
      },
    }),
    adminRoute({
      name: 'removeCredential',
      method: 'DELETE',
      path: '/users/:userid/credentials/:credential_id',
      tag: 'credentials',
      summary: 'Take a passkey, or with the id `password` the password, off a user',
      proof: 'fresh',
      params: userParams.extend({ credential_id: credentialId }),
      answer: null,
      handle: async ({ params: { userid, credential_id }, submit }) => {
        if (credential_id === PASSWORD_ID) await submit('remove-password', { userid })
        else await submit('remove-passkey', { userid, credential_id })
      },
    }),
  ]
}

function showPasskey(passkey: WebAuthnCredential): z.input<typeof passkeyAnswer> {
  const { user_id, public_key, credential_id, ...shown } = passkey
  return { type: 'webauthn', credential_id: Buffer.from(credential_id).toString('base64url'), ...shown }
}
