/** What the application has to know about itself and about where people sign in. */
export interface RelyingPartySettings {
  /** The public address of Countersign. */
  issuer: string
  clientId: string
  clientSecret: string
  /** The public address of this application, without a slash at the end. */
  url: string
}

/** Reads the settings of the example from the environment. */
export function readRelyingPartySettings(env: NodeJS.ProcessEnv): RelyingPartySettings {
  return {
    issuer: env.ISSUER ?? 'http://localhost:8080',
    clientId: env.CLIENT_ID ?? 'example',
    clientSecret: env.CLIENT_SECRET ?? '',
    url: env.APP_URL ?? 'http://localhost:3000',
  }
}
