import { Agent, type IncomingMessage, request } from 'node:http'

/** A browser that stays signed out, on one connection, from an address of its own choice on this machine. */
export class PageClient {
  readonly #agent: Agent
  readonly #port: number
  #cookie = ''
  #csrf = ''

  constructor(port: number, localAddress = '127.0.0.1') {
    this.#port = port
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress })
  }

  /** Loads the sign-in page. */
  async open(): Promise<this> {
    const { cookies, body } = await this.#send('GET', '/login', '')
    this.#cookie = cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ')
    this.#csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    return this
  }

  /** Posts the sign-in form; answers the status. What session comes of it is forgotten. */
  async signIn(username: string, password: string): Promise<number> {
    const form = new URLSearchParams({ csrf: this.#csrf, username, password })
    return (await this.#send('POST', '/login', form.toString())).status
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, body: string) {
    return new Promise<{ status: number; body: string; cookies: string[] }>((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#port,
          path,
          method,
          headers: {
            cookie: this.#cookie,
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(body),
          },
        },
        (response) => readReply(response).then(resolve, reject),
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

async function readReply(response: IncomingMessage) {
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode ?? 0, body, cookies: response.headers['set-cookie'] ?? [] }
}
