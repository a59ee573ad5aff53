import { SigningKeyRetired } from '../../events/key.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofKey } from '../subjects.ts'
import { requireSigningKey } from './require-signing-key.ts'

/** Retires a key that no longer signs. */
export const retireSigningKey = defineCommand({
  type: 'retire-signing-key',
  schema: SigningKeyRetired.open,
  decide: (views, { kid }) => {
    const { state } = requireSigningKey(views, kid)
    if (state === 'active')
      throw new Refusal('wrong_state', 'Tokens are signed with this key; activate another first')
    if (state === 'retired') return { events: [], outcome: { kid } }
    return { events: [{ type: 'SigningKeyRetired', ...ofKey(kid), data: { kid } }], outcome: { kid } }
  },
})
