import { z } from 'zod'
import { email, sha256Hex, userid, username } from '../../events/fields.ts'
import { newProfile } from '../../events/profile.ts'
import { ADMIN_GROUP } from '../../kernel/administration.ts'
import { Refusal } from '../../kernel/refusal.ts'
import {
  addCredential,
  credentialChoice,
  hasOneCredential,
  ONE_CREDENTIAL,
} from '../credentials/adding-credentials.ts'
import { defineCommand } from '../definition.ts'
import { ofLink } from '../subjects.ts'
import { hasAdministrator } from '../users/last-administrator.ts'
import { registerUser, webauthnUserId } from '../users/register-user.ts'
import { requireUsableLink } from './require-usable-link.ts'

// The recipient cannot declare a phone number proven.
const { phone_number_verified: _, ...profileOfRecipient } = newProfile

/**
 * Accepts an invitation, or claims a service that has no administrator: uses the link, opens the account with the
 * groups of the link and sets its first credential, all or nothing.
 */
export const acceptInvitation = defineCommand({
  type: 'accept-invitation',
  opensSubject: true,
  schema: z
    .strictObject({
      token_hash: sha256Hex,
      userid,
      /** Only the recipient of a claim chooses the name. */
      username: username.nullable().default(null),
      email: email.nullable().default(null),
      ...profileOfRecipient,
      webauthn_user_id: webauthnUserId.nullable().default(null),
      ...credentialChoice,
    })
    .refine(hasOneCredential, ONE_CREDENTIAL)
    .refine(({ passkey, webauthn_user_id }) => passkey === null || webauthn_user_id !== null, {
      message: 'must be the user handle that the passkey was made for',
      path: ['webauthn_user_id'],
    }),
  decide: (views, input, context) => {
    const { token_hash, username, password_hash, passkey, ...person } = input
    const { userid } = person
    const link = requireUsableLink(views, token_hash, ['invitation', 'claim'], context.now)
    const { link_id } = link
    const claims = link.purpose === 'claim'
    if (claims && hasAdministrator(views))
      throw new Refusal('wrong_state', 'There is an administrator already')
    if (!claims && username !== null && username !== link.username) {
      throw new Refusal('invalid_input', 'The invitation is for another user name')
    }
    const registration = registerUser.decide(
      views,
      {
        ...person,
        username: username ?? link.username,
        email_verified: false,
        phone_number_verified: false,
        groups: claims ? [...link.groups, ADMIN_GROUP] : link.groups,
        link_id,
      },
      context,
    )
    return {
      events: [
        { type: 'MagicLinkUsed', ...ofLink(link_id, userid), data: { link_id, userid } },
        ...registration.events,
        ...addCredential(views, userid, { password_hash, passkey }),
      ],
      outcome: { userid },
    }
  },
})
