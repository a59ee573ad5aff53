import { fastifyCookie } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Principal } from '../../accounts/principal.ts'
import type { CommandGateway } from '../../commands/catalogue.ts'
import { command } from '../../commands/command.ts'
import type { DocumentStore } from '../../documents/port.ts'
import { isStrong, SIGN_IN_METHODS } from '../../events/session.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { randomToken } from '../../kernel/random.ts'
import { isPassing, Refusal } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import { type CookieNames, isToken } from './cookies.ts'
import { deviceName } from './device-name.ts'
import { originOf } from './event-origin.ts'

const HOUR = 60 * 60_000
/** A session ends this long after the last proof, even when it is used; milliseconds. */
const ABSOLUTE_END = 12 * HOUR
/** A session ends this long after it was last used; milliseconds. */
const IDLE_END = 2 * HOUR
/** The use of a session is recorded at most this often; milliseconds. */
const TOUCH_INTERVAL = 60_000

// Each session has two documents: one with its facts, written once, and one that every use prolongs. So a late
// prolongation can never bring back a session that was just replaced or ended.
const SESSION = 'session'
const IDLE = 'session_idle'

/** The methods by which a person can sign in. */
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]

const stored = z.strictObject({
  session_id: z.string(),
  userid: z.string(),
  auth_time: z.number(),
  strong_time: z.number().nullable(),
  amr: z.array(z.enum(SIGN_IN_METHODS)),
  interaction: z.string().nullable(),
})

/** A person who is signed in with a browser. Times are milliseconds since 1970. */
export type BrowserSession = Extract<Principal, { kind: 'user' }> & {
  token: null
  /** The OIDC interaction that the last proof was given for. */
  interaction: string | null
}

/** The proof that a person just gave. */
export interface Proof {
  userid: string
  amr: readonly SignInMethod[]
  /** The OIDC interaction that asked for it. */
  interaction?: string | null
}

export interface Sessions {
  /**
   * Signs a person in: records it, and gives the browser a new cookie. A person who was signed in already keeps the
   * session; another person's session in this browser ends.
   *
   * @throws Refusal `user_inactive`, `not_found`.
   */
  begin(reply: FastifyReply, proof: Proof): Promise<void>
  /** Finds who is signed in, or `null`. It reads the store each time, so a session ends at once. */
  current(request: FastifyRequest): Promise<BrowserSession | null>
  /** As `current`, but it does not count as use of the session: for checks that no person causes. */
  peek(request: FastifyRequest): Promise<BrowserSession | null>
  /** As `current`, for those who have only the `Cookie` header of a request. */
  ofCookies(header: string | undefined): Promise<BrowserSession | null>
  /** Signs out: ends the session, if there is one, and takes the cookie away. */
  end(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

/** Ignores a temporary failure to record a use: the session then ends as if it had not been used. */
function unlessPassing(error: unknown): void {
  if (!isPassing(error)) throw error
}

/** Makes the keeper of browser sessions. */
export function createSessions(
  deps: { commands: CommandGateway; documents: DocumentStore; views: Views; clock: Clock },
  names: CookieNames,
): Sessions {
  const { commands, documents, views, clock } = deps

  const findByToken = async (token: string | undefined, isUse = true): Promise<BrowserSession | null> => {
    if (!isToken(token)) return null
    const [document, idle] = await Promise.all([documents.find(SESSION, token), documents.find(IDLE, token)])
    if (document === null || idle === null) return null
    const session = stored.parse(document.payload)
    const user = views.users.byUserid(session.userid)
    if (!user?.active || !views.sessions.byId(session.session_id)) return null
    const now = clock()
    if (isUse && idle.expiresAt - now <= IDLE_END - TOUCH_INTERVAL) {
      await documents
        .upsert(IDLE, token, null, now + IDLE_END, { account: session.userid })
        .catch(unlessPassing)
    }
    return {
      kind: 'user',
      userid: session.userid,
      groups: user.groups,
      sessionId: session.session_id,
      authTime: session.auth_time,
      amr: session.amr,
      token: null,
      strongAuthTime: session.strong_time,
      interaction: session.interaction,
    }
  }

  const end = async (request: FastifyRequest, session: BrowserSession) => {
    const { userid, sessionId: session_id } = session
    const actor = { kind: 'user', id: userid } as const
    const ending = command(
      'end-session',
      { session_id, reason: 'signed_out' },
      actor,
      originOf(session, request.id),
    )
    await commands.submit(ending).catch((error: unknown) => {
      // Another request ended it at the same moment.
      if (!(error instanceof Refusal && error.code === 'not_found')) throw error
    })
  }

  const forget = async (token: string | undefined) => {
    if (!isToken(token)) return
    await Promise.all([documents.remove(SESSION, token), documents.remove(IDLE, token)])
  }

  return {
    current: (request) => findByToken(request.cookies[names.session]),
    peek: (request) => findByToken(request.cookies[names.session], false),
    ofCookies: (header) => findByToken(fastifyCookie.parse(header ?? '')[names.session]),

    async begin(reply, { userid, amr, interaction = null }) {
      const { request } = reply
      const before = request.cookies[names.session]
      const previous = await findByToken(before)
      const goesOn = previous?.userid === userid
      if (previous && !goesOn) await end(request, previous)
      const session_id = goesOn ? previous.sessionId : newId()
      const now = clock()
      const ends = now + ABSOLUTE_END
      const facts = {
        userid,
        session_id,
        amr: [...amr],
        expires_at: isoTime(ends),
        address: request.ip,
        device_name: deviceName(request.headers['user-agent']),
      }
      const origin = { ...originOf(null, request.id), session: session_id, flow: interaction }
      // The documents come after the command: they hold the position of the log that other nodes wait for.
      await commands.submit(command('record-sign-in', facts, { kind: 'user', id: userid }, origin))

      const session: z.infer<typeof stored> = {
        session_id,
        userid,
        auth_time: now,
        strong_time: isStrong(amr) ? now : goesOn ? previous.strongAuthTime : null,
        // Only the methods of this proof: an earlier, stronger one is older than `auth_time` says.
        amr: [...amr],
        interaction,
      }
      const token = randomToken()
      await Promise.all([
        documents.upsert(SESSION, token, session, ends, { account: userid }),
        documents.upsert(IDLE, token, null, now + IDLE_END, { account: userid }),
        forget(before),
      ])
      reply.setCookie(names.session, token, names.options)
    },

    async end(request, reply) {
      const token = request.cookies[names.session]
      const session = await findByToken(token)
      if (session) await end(request, session)
      await forget(token)
      reply.clearCookie(names.session, names.options)
    },
  }
}
