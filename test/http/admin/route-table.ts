import type { FastifyInstance } from 'fastify'

/** A route as the server itself lists it. */
export interface ListedRoute {
  method: string
  path: string
}

/** Reads the table of routes off a server: whatever answers there is in it. */
export function routesOf(app: FastifyInstance, prefix: string): ListedRoute[] {
  const parents: string[] = []
  const found: ListedRoute[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^([│ ]*)[├└]── (\S+) \(([^)]+)\)/.exec(line)
    if (!match) continue
    const [, indent = '', segment = '', methods = ''] = match
    const depth = indent.length / 4
    parents.length = depth
    parents.push(segment)
    const path = parents.join('')
    if (!path.startsWith(prefix)) continue
    for (const method of methods.split(', ')) found.push({ method, path })
  }
  return found
}

/** A value for each parameter of a path: well formed, and nobody's. */
const NOBODY: Record<string, string> = {
  userid: 'babab-babab',
  credential_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  session_id: '01900000-0000-7000-8000-00000000dead',
  id: '01900000-0000-7000-8000-00000000beef',
  client_id: 'nobody',
}

/** Fills in the parameters of a path. */
export function addressOf(path: string, values: Record<string, string> = NOBODY): string {
  return path.replace(/:([a-z_]+)/g, (_match, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`No value for :${name}`)
    return encodeURIComponent(value)
  })
}
