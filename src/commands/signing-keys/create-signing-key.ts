import { z } from 'zod'
import { SigningKeyCreated } from '../../events/key.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofKey } from '../subjects.ts'

const { kid, alg, public_jwk } = SigningKeyCreated.open.shape

/** The members of a JWK that are private (RFC 7518 §6.2.2, §6.3.2, §6.4.1): the log would keep them permanently. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Publishes a new token signing key, by its public part; it signs nothing yet. */
export const createSigningKey = defineCommand({
  type: 'create-signing-key',
  schema: z.strictObject({
    kid,
    alg,
    public_jwk: public_jwk.refine(
      (jwk) => !PRIVATE_MEMBERS.some((member) => member in jwk),
      'must hold the public part only',
    ),
  }),
  decide: (views, input) => {
    const { kid } = input
    if (views.signingKeys.byId(kid)) throw new DuplicateError('kid')
    return { events: [{ type: 'SigningKeyCreated', ...ofKey(kid), data: input }], outcome: { kid } }
  },
})
