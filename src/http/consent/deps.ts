import type { Interactions } from '../../oidc/interactions.ts'
import type { Views } from '../../projections/views.ts'
import type { Csrf } from '../guards/csrf.ts'
import type { Sessions } from '../request/sessions.ts'

/** What the pages of an authorization use. */
export interface ConsentDeps {
  settings: { issuer: string }
  views: Views
  csrf: Csrf
  sessions: Sessions
  interactions: Interactions
}
