import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Client } from '../projections/clients/queries.ts'

/** What an application asks a person for: to sign in, or to agree. */
export interface Interaction {
  uid: string
  prompt: string
  /** Why the provider asks, in its own words (`no_session`, `login_prompt`, `max_age`, …). */
  reasons: readonly string[]
  client: Client
  /** The parameters of the authorization request. */
  params: Readonly<Record<string, unknown>>
  /** Whom the provider takes the person for already, or `null`. */
  accountId: string | null
  /** How recent a sign-in must be to answer, in milliseconds since 1970; `null` when any session will do. */
  provedSince: number | null
}

/** Who signed in, as the provider is told; `authTime` is milliseconds since 1970. */
export interface InteractionSignIn {
  userid: string
  sessionId: string
  amr: readonly string[]
  authTime: number
}

/** The provider's side of the pages: what is asked, and where to send the browser with the answer. */
export interface Interactions {
  /** Reads the interaction that this browser began at this address; `null` when there is none any more. */
  details(request: IncomingMessage, response: ServerResponse): Promise<Interaction | null>
  finishLogin(request: IncomingMessage, response: ServerResponse, facts: InteractionSignIn): Promise<string>
  finishConsent(
    request: IncomingMessage,
    response: ServerResponse,
    facts: Pick<InteractionSignIn, 'userid' | 'sessionId'>,
  ): Promise<string>
  /** Tells the application that the person does not want to; `error` is a code of RFC 6749 §4.1.2.1. */
  abort(request: IncomingMessage, response: ServerResponse, error: string): Promise<string>
}
