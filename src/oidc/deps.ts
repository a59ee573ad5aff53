import type { IncomingMessage } from 'node:http'
import type { CommandGateway } from '../commands/catalogue.ts'
import type { AnonymousKind } from '../documents/anonymous-kinds.ts'
import type { DocumentStore } from '../documents/port.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Views } from '../projections/views.ts'
import type { OidcPages } from './provider/rendering.ts'
import type { SecretGuesses } from './provider/secret-guesses.ts'

/** A person who is signed in with a browser; `authTime` is milliseconds since 1970. */
export interface SignedIn {
  userid: string
  sessionId: string
  authTime: number
  amr: readonly string[]
}

/** Stores the private parts of the token keys and the key of the cookies. */
export interface SecretStore {
  secret(name: string): Promise<Uint8Array | null>
  ensureSecret(name: string, value: Uint8Array): Promise<Uint8Array>
  removeSecret(name: string): Promise<void>
}

/** What the provider uses; the composition root makes it. */
export interface OidcDeps {
  /** The public address, without a slash at the end. */
  issuer: string
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  keys: SecretStore
  /** Increases when the log grows, so that changed signing keys are noticed without a restart. */
  watch: { readonly generation: number }
  clock: Clock
  /** Reads the time for steps that cannot be undone; by default the same as `clock`. */
  carefulTime?: Clock
  /** Finds who is signed in with the browser that sent a request, or `null`. */
  browserSession(request: IncomingMessage): Promise<SignedIn | null>
  pages: OidcPages
  /**
   * Counts a document that an address stores without a session.
   *
   * @throws Refusal `too_many_requests`.
   */
  admit(kind: AnonymousKind, address: string, request: IncomingMessage): Promise<void>
  secretGuesses: SecretGuesses
  /** Reports every error that no client caused. */
  report(error: unknown): void
}
