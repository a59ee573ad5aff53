import type { SqlConnection } from '../kernel/sql.ts'
import { auditQueries } from './audit/queries.ts'
import { clientQueries } from './clients/queries.ts'
import { credentialQueries } from './credentials/queries.ts'
import { magicLinkQueries } from './magic-links/queries.ts'
import { personalDataQueries } from './personal-data/queries.ts'
import { relyingPartyIdQueries } from './relying-party-ids/queries.ts'
import { sessionQueries } from './sessions/queries.ts'
import { signingKeyQueries } from './signing-keys/queries.ts'
import { streamQueries } from './streams/queries.ts'
import { tokenValidityQueries } from './token-validity/queries.ts'
import { userQueries } from './users/queries.ts'

/**
 * Opens the queries of all read models over one connection. `decide` gets them on the writer's connection, where they
 * show exactly the state before the command; all others get them on a connection that only reads.
 */
export function createViews(sql: SqlConnection) {
  return {
    users: userQueries(sql),
    credentials: credentialQueries(sql),
    magicLinks: magicLinkQueries(sql),
    clients: clientQueries(sql),
    sessions: sessionQueries(sql),
    signingKeys: signingKeyQueries(sql),
    audit: auditQueries(sql),
    streams: streamQueries(sql),
    tokenValidity: tokenValidityQueries(sql),
    personalData: personalDataQueries(sql),
    relyingPartyIds: relyingPartyIdQueries(sql),
  }
}

export type Views = ReturnType<typeof createViews>
