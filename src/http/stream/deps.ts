import type { TokenReader } from '../../accounts/principal.ts'
import type { Sessions } from '../request/sessions.ts'
import type { HubDeps, StreamOptions } from './hub.ts'

/** Finds who is signed in with a browser. */
type StreamSessions = { current: Sessions['current']; peek: Sessions['peek'] }

/** What the live stream uses. */
export interface StreamDeps extends HubDeps {
  settings: { issuer: string }
  readToken: TokenReader
  sessions: StreamSessions
  /** How the live stream is served, where a test changes that. */
  stream?: StreamOptions
}
