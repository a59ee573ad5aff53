import { Agent, request } from 'node:http'
import { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, VERIFIER } from './exchange.ts'

/** Speaks to a token endpoint over connections that stay open. */
export class TokenClient {
  readonly #agent: Agent
  readonly #port: number
  readonly #path: string

  constructor(port: number, path: string, connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
    this.#port = port
    this.#path = path
  }

  /** Exchanges a code; answers the refresh token. */
  exchange(code: string): Promise<string> {
    const fields = {
      grant_type: 'authorization_code',
      code,
      code_verifier: VERIFIER,
      redirect_uri: REDIRECT_URI,
    }
    return this.#post(fields)
  }

  /** Refreshes; answers the next refresh token. */
  refresh(refreshToken: string): Promise<string> {
    return this.#post({ grant_type: 'refresh_token', refresh_token: refreshToken })
  }

  close(): void {
    this.#agent.destroy()
  }

  #post(fields: Record<string, string>): Promise<string> {
    const body = new URLSearchParams({
      ...fields,
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
    }).toString()
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#port,
          path: this.#path,
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(body),
          },
        },
        async (response) => {
          let text = ''
          for await (const chunk of response) text += chunk
          const answer = JSON.parse(text) as { refresh_token?: string }
          if (response.statusCode === 200 && answer.refresh_token) resolve(answer.refresh_token)
          else reject(new Error(`${response.statusCode} ${text}`))
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
