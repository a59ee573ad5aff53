import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What is remembered between sending a browser away to sign in and its return. */
export interface PendingSignIn {
  codeVerifier: string
  state: string
  nonce: string
}

/** Somebody who is signed in, with the tokens that the application holds. They never leave the server. */
export interface SignedInUser {
  subject: string
  accessToken: string
  refreshToken: string | null
  idToken: string
  scope: string
  refreshes: number
}

export interface AppSession {
  pending: PendingSignIn | null
  user: SignedInUser | null
}

const COOKIE = 'relying-party'

/** Keeps sessions in memory, by a random cookie. */
export class AppSessions {
  readonly #sessions = new Map<string, AppSession>()

  of(request: IncomingMessage): AppSession | null {
    const id = new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
    return (id && this.#sessions.get(id)) || null
  }

  /** Begins a session and answers the `Set-Cookie` header for it. */
  begin(session: AppSession): string {
    const id = randomBytes(32).toString('base64url')
    this.#sessions.set(id, session)
    return `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`
  }
}
