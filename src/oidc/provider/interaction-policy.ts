import { interactionPolicy } from 'oidc-provider'
import { satisfies } from '../authentication-context.ts'

/** Makes the rules for when a person is asked: oidc-provider's own, and `acr_values`. */
export function createPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  policy.get('login')?.checks.add(
    new interactionPolicy.Check(
      'acr_values',
      'a stronger way to sign in was asked for',
      // It is a voluntary request (OpenID Connect Core §3.1.2.1): a person who was asked once continues with what there
      // is.
      ({ oidc }) => {
        const asked = typeof oidc.params?.acr_values === 'string' ? oidc.params.acr_values.split(' ') : []
        if (asked.length === 0 || oidc.prompts.has('none') || oidc.result?.login) return false
        return oidc.session?.accountId !== undefined && !satisfies(oidc.acr, asked)
      },
    ),
  )
  return policy
}
