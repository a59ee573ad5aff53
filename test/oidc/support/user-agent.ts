interface Cookie {
  name: string
  value: string
  path: string
}

/** A browser over real HTTP, without scripts: it keeps cookies, each for its path. It follows nothing by itself. */
export class UserAgent {
  #cookies: Cookie[] = []

  /** Sends a request with the cookies that belong to it. */
  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url)
    const sent = this.#cookies.filter(({ path }) => pathname === path || pathname.startsWith(withSlash(path)))
    const headers = new Headers(init.headers)
    if (sent.length > 0) headers.set('cookie', sent.map(({ name, value }) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  /** Posts a form. */
  post(url: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(url, { method: 'POST', body: new URLSearchParams(fields), headers })
  }

  /** Follows redirects until one leads away from `origin`, or to a page; answers where it ended. */
  async follow(
    url: string,
    origin = new URL(url).origin,
  ): Promise<{ url: string; response: Response | null }> {
    let target = url
    for (let hops = 0; hops < 10; hops += 1) {
      if (new URL(target).origin !== origin) return { url: target, response: null }
      const response = await this.send(target)
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || location === null)
        return { url: target, response }
      await response.arrayBuffer()
      target = new URL(location, target).href
    }
    throw new Error('Too many redirects')
  }

  cookie(name: string): string | undefined {
    return this.#cookies.find((cookie) => cookie.name === name)?.value
  }

  setCookie(name: string, value: string, path = '/'): void {
    this.#cookies = [
      ...this.#cookies.filter((one) => one.name !== name || one.path !== path),
      { name, value, path },
    ]
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const at = pair.indexOf('=')
    const attribute = (name: string) =>
      attributes.find((text) => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const [name, value, path] = [pair.slice(0, at), pair.slice(at + 1), attribute('path') ?? '/']
    const expires = attribute('expires')
    this.#cookies = this.#cookies.filter((one) => one.name !== name || one.path !== path)
    if (value === '' || (expires !== undefined && Date.parse(expires) <= Date.now())) return
    this.#cookies.push({ name, value, path })
  }
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}
