import { Agent, type IncomingMessage, request } from 'node:http'

/** The parts of a reply that the benchmark reads. */
interface Reply {
  status: number
  body: string
  cookies: string[]
}

/**
 * A browser that stays signed out: it has loaded the sign-in page once, and forgets the session that each sign-in
 * gives it, so that every one of them is whole.
 */
export class PageClient {
  readonly #agent: Agent
  readonly #port: number
  #cookie = ''
  #csrf = ''

  /** @param localAddress which address of this machine it comes from: each address has budgets of its own. */
  constructor(port: number, localAddress = '127.0.0.1') {
    this.#port = port
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress })
  }

  /** Loads the sign-in page. */
  async open(): Promise<void> {
    const { cookies, body } = await this.#send('GET', '/login', {}, '')
    this.#cookie = cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ')
    this.#csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
  }

  /** Loads a page. */
  get(path: string): Promise<Reply> {
    return this.#send('GET', path, {}, '')
  }

  /** Posts a form; answers the status and the place that it leads to. */
  async submit(path: string, fields: Record<string, string>): Promise<Reply> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return this.#send('POST', path, type, new URLSearchParams({ csrf: this.#csrf, ...fields }).toString())
  }

  /** Posts JSON; answers what comes back. */
  async post<T>(path: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json', 'x-csrf-token': this.#csrf }
    const reply = await this.#send('POST', path, headers, JSON.stringify(body))
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.body}`)
    return JSON.parse(reply.body) as T
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, headers: Record<string, string>, body: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#port,
          path,
          method,
          headers: { ...headers, cookie: this.#cookie, 'content-length': Buffer.byteLength(body) },
        },
        (response) => readReply(response).then(resolve, reject),
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode ?? 0, body, cookies: response.headers['set-cookie'] ?? [] }
}

/** Names a loopback address of its own for each index; where a machine has only one, that. */
export function loopbackAddress(index: number): string {
  if (process.platform !== 'linux') return '127.0.0.1'
  return `127.${1 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`
}
