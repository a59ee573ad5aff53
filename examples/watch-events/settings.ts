/** What the watcher has to know. */
export interface WatcherSettings {
  /** The public address of Countersign. */
  issuer: string
  clientId: string
  clientSecret: string
  /** The file in which it remembers how far it has come. */
  cursorFile: string
  /** What to ask the stream for, such as `type=UserRegistered,UserErased`; empty for everything. */
  filter: string
}

/** Reads the settings of the example from the environment. */
export function readWatcherSettings(env: NodeJS.ProcessEnv): WatcherSettings {
  return {
    issuer: env.ISSUER ?? 'http://localhost:8080',
    clientId: env.CLIENT_ID ?? 'watcher',
    clientSecret: env.CLIENT_SECRET ?? '',
    cursorFile: env.CURSOR_FILE ?? 'watch-events.cursor.json',
    filter: env.FILTER ?? '',
  }
}
