import { rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance } from 'fastify'
import type { CommandInput, CommandType } from '../../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import type { DocumentStore } from '../../../src/documents/port.ts'
import { oidcRoutes } from '../../../src/http/protocol/provider-routes.ts'
import { isoTime, systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { tokenHash } from '../../../src/kernel/random.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import type { SignedIn } from '../../../src/oidc/deps.ts'
import { createOidc, type Oidc } from '../../../src/oidc/oidc.ts'
import { openStorage, openThreadedStorage, type Storage } from '../../../src/storage/open.ts'
import { backEndOf } from '../../support/back-end.ts'
import { filesIn, temporaryDirectory } from '../../support/installation.ts'
import { type Listener, openListener } from './listener.ts'
import { plainPages } from './plain-pages.ts'
import type { UserAgent } from './user-agent.ts'

/** The secret of every confidential client of the tests. */
export const SECRET = 'a secret of the tests, long enough'
export const REDIRECT_URI = 'https://app.example.org/callback'
export const SIGNED_OUT_URI = 'https://app.example.org/signed-out'

const SESSION_COOKIE = 'test-session'
const HOUR = 60 * 60_000

/** A provider that listens, over real storage, with the least of pages around it. */
export interface Harness {
  issuer: string
  /** Where it listens; by default the issuer. */
  address: string
  storage: Storage
  oidc: Oidc
  /** Everything that was reported as nobody's fault but ours. */
  faults: unknown[]
  directory: string
  does<T extends CommandType>(type: T, input: CommandInput<T>): Promise<void>
  /** The events since the last call: type and what it is about. */
  newEvents(): {
    type: string
    subject: string | null
    client: string | null
    session: string | null
    actor: string
  }[]
  registerUser(person?: { username?: string; groups?: string[]; [field: string]: unknown }): Promise<string>
  registerClient(client: Partial<CommandInput<'register-client'>> & { client_id: string }): Promise<void>
  /** Signs a person in with a browser, which gets the cookie of the session. */
  signIn(agent: UserAgent, userid: string, amr?: SignedIn['amr']): Promise<SignedIn>
  /** Stops and starts again over the same files and at the same address. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** What a test wants otherwise than usual. */
export interface HarnessOptions {
  /** Whether to write in a thread of its own, as the server does. */
  threaded?: boolean
  /** The public address, when it is not where the harness listens, as behind a proxy. */
  publicly?: string
  /** Puts something between the provider and what keeps its state. */
  around?: (documents: DocumentStore) => DocumentStore
}

/** Opens a harness. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { threaded = false, publicly, around = (documents) => documents } = options
  const listener: Listener = await openListener()
  const issuer = publicly ?? listener.issuer
  const directory = temporaryDirectory()
  const files = { ...filesIn(directory.path), ...backEndOf(directory.path) }
  const faults: unknown[] = []
  const sessions = new Map<string, SignedIn>()
  let app: FastifyInstance
  let seen = 0

  const open = () =>
    threaded ? openThreadedStorage(files, (error) => faults.push(error)) : openStorage(files)

  const browserSession = async ({ headers }: IncomingMessage) => {
    const id = new RegExp(`${SESSION_COOKIE}=([^;]+)`).exec(headers.cookie ?? '')?.[1] ?? ''
    const session = sessions.get(id)
    if (!session || !harness.storage.views.sessions.byId(id)) return null
    return harness.storage.views.users.byUserid(session.userid)?.active ? session : null
  }

  const start = async () => {
    const storage = await open()
    const oidc = await createOidc({
      ...storage,
      documents: around(storage.documents),
      issuer,
      clock: systemClock,
      browserSession,
      pages: plainPages,
      admit: async () => undefined,
      secretGuesses: { requireBudget: () => undefined, failed: async () => undefined },
      report: (error) => faults.push(error),
    })
    app = fastify({ genReqId: () => newId() })
    await app.register(oidcRoutes, { oidc })
    await app.register(interactionRoutes(oidc, browserSession))
    await listener.serve(app)
    return { storage, oidc }
  }
  const stop = async () => {
    await app.close()
    await harness.storage.close()
  }

  const harness: Harness = {
    issuer,
    address: listener.issuer,
    faults,
    directory: directory.path,
    ...(await start()),
    async does(type, input) {
      await harness.storage.commands.submit(command(type, input, SYSTEM_ACTOR))
    },
    newEvents() {
      const events = harness.storage.log.eventsAfter(seen, 10_000)
      seen = events.at(-1)?.sequence ?? seen
      return events.map(({ type, subject, client, session, actor_id }) => ({
        type,
        subject,
        client,
        session,
        actor: actor_id,
      }))
    },
    async registerUser({ username = `user-${newId()}`, ...person } = {}) {
      const userid = generateUserid()
      await harness.does('register-user', { userid, username, ...person })
      return userid
    },
    async registerClient(client) {
      const secret_hash = client.public ? null : tokenHash(SECRET)
      await harness.does('register-client', {
        public: false,
        secret_hash,
        redirect_uris: [REDIRECT_URI],
        post_logout_redirect_uris: [SIGNED_OUT_URI],
        first_party: true,
        ...client,
      })
    },
    async signIn(agent, userid, amr = ['pwd']) {
      const session = { userid, sessionId: newId(), authTime: systemClock(), amr }
      await harness.does('record-sign-in', {
        userid,
        session_id: session.sessionId,
        amr: [...amr] as ['pwd'],
        expires_at: isoTime(systemClock() + 12 * HOUR),
      })
      sessions.set(session.sessionId, session)
      agent.setCookie(SESSION_COOKIE, session.sessionId)
      return session
    },
    async restart() {
      await stop()
      Object.assign(harness, await start())
    },
    async close() {
      await stop()
      await listener.close()
      rmSync(directory.path, { recursive: true, force: true })
    },
  }
  harness.newEvents()
  return harness
}

/** The pages of an interaction at their shortest: a person with a session continues, any other is asked to get one. */
function interactionRoutes(
  { interactions }: Oidc,
  browserSession: (r: IncomingMessage) => Promise<SignedIn | null>,
) {
  return async (app: FastifyInstance) => {
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
    )
    app.get('/interaction/:uid', async ({ raw }, reply) => {
      const details = await interactions.details(raw, reply.raw)
      if (!details) return reply.code(404).send('stale')
      const session = await browserSession(raw)
      const { provedSince } = details
      if (!session || (provedSince !== null && session.authTime < provedSince)) {
        return reply.code(401).send(details)
      }
      if (details.prompt === 'login')
        return reply.redirect(await interactions.finishLogin(raw, reply.raw, session), 303)
      if (!details.client.first_party) return reply.send(details)
      return reply.redirect(await interactions.finishConsent(raw, reply.raw, session), 303)
    })
    app.post('/interaction/:uid', async (request, reply) => {
      const { raw } = request
      const { decision } = request.body as { decision: string }
      const session = await browserSession(raw)
      if (!session) return reply.code(401).send()
      const target =
        decision === 'deny'
          ? await interactions.abort(raw, reply.raw, 'access_denied')
          : decision === 'allow'
            ? await interactions.finishConsent(raw, reply.raw, session)
            : await interactions.finishLogin(raw, reply.raw, session)
      return reply.redirect(target, 303)
    })
  }
}
