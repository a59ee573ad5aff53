import { SigningKeyActivated } from '../../events/key.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofKey } from '../subjects.ts'
import { requireSigningKey } from './require-signing-key.ts'

/** Makes a published key the one that signs; the key before it stays published. */
export const activateSigningKey = defineCommand({
  type: 'activate-signing-key',
  schema: SigningKeyActivated.open,
  decide: (views, { kid }) => {
    const { state } = requireSigningKey(views, kid)
    if (state === 'retired') throw new Refusal('wrong_state', 'This signing key was retired')
    if (state === 'active') return { events: [], outcome: { kid } }
    return { events: [{ type: 'SigningKeyActivated', ...ofKey(kid), data: { kid } }], outcome: { kid } }
  },
})
