import { optionsProblem } from './mongodb-options.ts'
import { cutAuthority, userInfoProblem } from './user-info.ts'

const SCHEME = /^mongodb(\+srv)?:\/\//
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?)(?::(.*))?$/i

/**
 * Says what is wrong with a MongoDB connection string, as the end of a sentence that repeats no secret; `null` when
 * nothing is.
 */
export function mongodbUriProblem(text: string): string | null {
  const [scheme] = SCHEME.exec(text) ?? []
  if (!scheme) return 'must begin with mongodb:// or mongodb+srv:// and name a host'
  if (/\s/.test(text)) return 'must not have spaces'
  const { userInfo, hosts, rest } = cutAuthority(
    text.slice(scheme.length),
    (list) => hostsProblem(list, scheme) === null,
  )
  const problem = userInfo === null ? null : userInfoProblem(userInfo)
  return problem ?? hostsProblem(hosts, scheme) ?? restProblem(rest)
}

function hostsProblem(list: string, scheme: string): string | null {
  if (list === '') return 'must begin with mongodb:// or mongodb+srv:// and name a host'
  const hosts = list.split(',')
  if (hosts.includes('')) return 'names an empty host: one comma too many'
  const isLookedUp = scheme.includes('+srv')
  if (isLookedUp && hosts.length > 1) return 'must name one host only after mongodb+srv://'
  for (const host of hosts) {
    // A socket file is a path, percent-encoded.
    if (/^(%2f[^:]*\.sock)$/i.test(host)) continue
    const [, , port] = HOST.exec(host) ?? []
    if (!HOST.test(host)) return 'names an invalid host'
    if (port !== undefined && isLookedUp) return 'must have no port after mongodb+srv://'
    if (port !== undefined && !isPort(port)) return 'has a port that is not a number from 1 to 65535'
  }
  return null
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
}

function restProblem(rest: string): string | null {
  if (rest.includes('#')) return 'must not have a #'
  const question = rest.indexOf('?')
  const path = question < 0 ? rest : rest.slice(0, question)
  if (/^\/.*[/\\."$]/.test(path)) return 'has something after its hosts that cannot be a database'
  return question < 0 ? null : optionsProblem(rest.slice(question + 1))
}
