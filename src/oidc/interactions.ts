import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Interaction, InteractionResults, Provider } from 'oidc-provider'
import { Refusal } from '../kernel/refusal.ts'
import type { Client } from '../projections/clients/queries.ts'
import type { Views } from '../projections/views.ts'
import { authenticationContext, authenticationMethods } from './authentication-context.ts'
import type { OidcDeps, SignedIn } from './deps.ts'
import { saveGrant } from './grants.ts'

/** What an application asks a person for: to sign in (`login`), or to agree (`consent`). */
export interface InteractionDetails {
  uid: string
  prompt: string
  /** Why the provider asks, in its own words (`no_session`, `login_prompt`, `max_age`, …). */
  reasons: readonly string[]
  client: Client
  /** The parameters of the authorization request. */
  params: Readonly<Record<string, unknown>>
  /** The user id by the provider's session, or `null`. */
  accountId: string | null
  /** How recent the proof must be, in milliseconds since 1970; `null` when any session will do. */
  provedSince: number | null
}

/** The provider's side of the pages: what is asked, and where to send the browser with the answer. */
export type Interactions = ReturnType<typeof createInteractions>

/** Makes the provider's side of the pages, over whatever provider is current. */
export function createInteractions(
  { views, clock }: Pick<OidcDeps, 'views' | 'clock'>,
  current: () => Promise<Provider>,
) {
  /** Finds the interaction that this browser began at this address, or `null`. */
  const find = async (request: IncomingMessage, response: ServerResponse) => {
    const provider = await current()
    const { cookies } = provider.createContext(request, response)
    const uid = cookies.get(provider.cookieName('interaction'), { signed: true })
    // The cookie is for one path only; a browser that sends it elsewhere breaks that rule.
    if (uid === undefined || !segments(request).includes(uid)) return null
    const interaction = await provider.Interaction.find(uid)
    if (!interaction) return null
    const client = views.clients.byId(String(interaction.params.client_id))
    // A redirect URI that is no longer registered ends the interaction before a code is made.
    const mayReturn = client?.redirect_uris.includes(String(interaction.params.redirect_uri)) ?? false
    return client && mayReturn ? { provider, interaction, client } : null
  }

  const findOrRefuse = async (request: IncomingMessage, response: ServerResponse) => {
    const found = await find(request, response)
    if (!found) throw new Refusal('not_found', 'This sign-in has ended; start again at the application')
    return found
  }

  return {
    async details(request: IncomingMessage, response: ServerResponse): Promise<InteractionDetails | null> {
      const found = await find(request, response)
      if (!found || isForeign(views, found.interaction)) return null
      const { interaction, client } = found
      const { uid, prompt, params, session } = interaction
      const accountId = session?.accountId ?? null
      const provedSince = proofNeeded(interaction, clock())
      return { uid, prompt: prompt.name, reasons: prompt.reasons, client, params, accountId, provedSince }
    },

    /**
     * Finishes the sign-in of an interaction, and for an operator's own application the consent too.
     *
     * @returns where to send the browser.
     * @throws Refusal `wrong_state` when the application wants a newer proof, `not_found` without an interaction.
     */
    async finishLogin(request: IncomingMessage, response: ServerResponse, facts: SignedIn): Promise<string> {
      const { interaction, client } = await findOrRefuse(request, response)
      const since = proofNeeded(interaction, clock())
      if (since !== null && facts.authTime < since) {
        throw new Refusal('wrong_state', 'The application wants the person to prove again who it is')
      }
      // An interaction of another session or person continues under this one.
      if (interaction.session?.uid !== facts.sessionId) interaction.session = undefined
      return save(interaction, {
        ...interaction.lastSubmission,
        login: {
          accountId: facts.userid,
          ts: Math.floor(facts.authTime / 1000),
          amr: authenticationMethods(facts.amr),
          acr: authenticationContext(facts.amr),
          sessionId: facts.sessionId,
        },
        ...(client.first_party ? { consent: {} } : {}),
      })
    },

    /**
     * Records that a person agreed to what the application requests.
     *
     * @returns where to send the browser.
     * @throws Refusal `wrong_state` when somebody else is signed in by now, `not_found` without an interaction.
     */
    async finishConsent(
      request: IncomingMessage,
      response: ServerResponse,
      { userid, sessionId }: Pick<SignedIn, 'userid' | 'sessionId'>,
    ): Promise<string> {
      const { provider, interaction, client } = await findOrRefuse(request, response)
      const { session, grantId, params, lastSubmission } = interaction
      if (session?.accountId !== userid || session.uid !== sessionId) {
        throw new Refusal('wrong_state', 'Somebody else is signed in by now; start again at the application')
      }
      const before = grantId === undefined ? undefined : await provider.Grant.find(grantId)
      const grant = await saveGrant({
        provider,
        views,
        accountId: userid,
        client,
        scopes: String(params.scope ?? '').split(' '),
        before,
      })
      return save(interaction, { ...lastSubmission, consent: { grantId: grant.jti } })
    },

    /** Tells the application that the person refused; `error` is a code of RFC 6749 §4.1.2.1. */
    async abort(request: IncomingMessage, response: ServerResponse, error: string): Promise<string> {
      const { interaction } = await findOrRefuse(request, response)
      return save(interaction, { error, error_description: 'the person did not agree' })
    },
  }
}

/** Tells whether an interaction asks for the consent of a person whose session has ended. */
function isForeign(views: Views, { prompt, session }: Interaction): boolean {
  return (
    prompt.name === 'consent' && (!session || views.sessions.byId(session.uid)?.userid !== session.accountId)
  )
}

/**
 * Computes the earliest acceptable time of the person's proof. Any session satisfies `no_session`, and a recent one
 * `max_age`; every other reason requires a proof after the request. The provider counts in whole seconds.
 */
function proofNeeded({ prompt, params, iat }: Interaction, now: number): number | null {
  if (prompt.name !== 'login') return null
  const reasons = prompt.reasons.filter((reason) => reason !== 'no_session')
  if (reasons.length === 0) return null
  return reasons.every((reason) => reason === 'max_age') ? now - Number(params.max_age) * 1000 : iat * 1000
}

async function save(interaction: Interaction, result: InteractionResults): Promise<string> {
  interaction.result = result
  await interaction.persist()
  return interaction.returnTo
}

function segments({ url }: IncomingMessage): string[] {
  return (url ?? '').split('?', 1)[0]?.split('/') ?? []
}
