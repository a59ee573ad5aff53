import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

/** What a browser sends beside its cookies. */
export interface BrowserRequest {
  headers?: Record<string, string>
}

/** The form of a page, as a browser reads it. */
export interface PageForm {
  action: string
  /** The named fields that are not typed: the hidden ones. */
  hidden: Record<string, string>
}

/**
 * A browser without scripts: it keeps cookies, sends `Origin` with what it posts, and fills in the forms of the
 * page that it saw last.
 */
export class TestBrowser {
  readonly cookies = new Map<string, string>()
  readonly #app: FastifyInstance
  readonly #issuer: string
  readonly #address: string
  /** The address and text of the page that is shown. */
  page = { url: '/', body: '' }

  constructor(app: FastifyInstance, issuer: string, address = '127.0.0.1') {
    this.#app = app
    this.#issuer = issuer
    this.#address = address
  }

  /** Asks for a page, without following where it sends. */
  async get(url: string, { headers = {} }: BrowserRequest = {}): Promise<LightMyRequestResponse> {
    return this.#send({ method: 'GET', url, headers })
  }

  /** Posts fields as a form does, with what is hidden in the form of the page that leads there. */
  async submit(
    url: string,
    fields: Record<string, string> = {},
    { headers = {} }: BrowserRequest = {},
  ): Promise<LightMyRequestResponse> {
    return this.#send({
      method: 'POST',
      url,
      headers: {
        origin: new URL(this.#issuer).origin,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      payload: new URLSearchParams({ ...this.hiddenFields(url), ...fields }).toString(),
    })
  }

  /** Posts JSON as a module of the page does. */
  async post(
    url: string,
    body: unknown,
    { headers = {} }: BrowserRequest = {},
  ): Promise<LightMyRequestResponse> {
    return this.#send({
      method: 'POST',
      url,
      headers: {
        origin: new URL(this.#issuer).origin,
        'content-type': 'application/json',
        'x-csrf-token': this.csrf(),
        ...headers,
      },
      payload: JSON.stringify(body),
    })
  }

  /** Follows redirects within this service, from a reply that sends elsewhere to a page. */
  async follow(response: LightMyRequestResponse): Promise<LightMyRequestResponse> {
    let current = response
    for (let hops = 0; hops < 10; hops += 1) {
      const { location } = current.headers
      if (current.statusCode < 300 || current.statusCode > 399 || location === undefined) return current
      const target = new URL(location, this.#issuer)
      if (target.origin !== new URL(this.#issuer).origin) return current
      current = await this.get(target.pathname + target.search)
    }
    throw new Error('Too many redirects')
  }

  /** The token of the page that is shown. */
  csrf(): string {
    return /name="csrf" value="([^"]+)"/.exec(this.page.body)?.[1] ?? ''
  }

  /** The hidden fields of the form of the page that goes to an address, or of its first form. */
  hiddenFields(action: string): Record<string, string> {
    const forms = [...this.page.body.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => form)
    const form = forms.find((text) => text.includes(`action="${action}"`)) ?? forms[0] ?? ''
    const inputs = [...form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].map(([input]) => input)
    return Object.fromEntries(
      inputs.map((input) => [attribute(input, 'name'), attribute(input, 'value')] as const),
    )
  }

  async #send(request: {
    method: 'GET' | 'POST'
    url: string
    headers: Record<string, string>
    payload?: string
  }): Promise<LightMyRequestResponse> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await this.#app.inject({
      ...request,
      remoteAddress: this.#address,
      headers: {
        host: new URL(this.#issuer).host,
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        ...request.headers,
        ...(cookie === '' ? {} : { cookie }),
      },
    })
    for (const { name, value, expires, maxAge } of response.cookies) {
      const isGone = maxAge === 0 || (expires !== undefined && expires.getTime() <= 0)
      if (value === '' || isGone) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    if (response.headers['content-type']?.toString().startsWith('text/html')) {
      this.page = { url: request.url, body: response.body }
    }
    return response
  }
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
