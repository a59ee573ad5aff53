/** How each character that ends a part of a URL is written in a name or password (RFC 3986 §3.2.1). */
const RESERVED: Readonly<Record<string, string>> = {
  '@': '%40',
  ':': '%3A',
  '/': '%2F',
  '?': '%3F',
  '#': '%23',
  '[': '%5B',
  ']': '%5D',
}

/** The parts of a URL after its scheme, split where its author meant. */
export interface Authority {
  /** What is before the last @, or `null` when there is none. */
  userInfo: string | null
  hosts: string
  /** The path, query and fragment. */
  rest: string
}

/**
 * Splits a URL after its `//`. An unescaped character in the password that would end the authority counts as part of
 * the password, so that the message is about the password and not about a strange host.
 *
 * @param isHosts tells whether a text can be the hosts of the URL.
 */
export function cutAuthority(text: string, isHosts: (hosts: string) => boolean): Authority {
  const end = text.search(/[/?#]/)
  const early = end < 0 ? text : text.slice(0, end)
  // A later @ belongs to a path or an option only where the text before the first cut can be hosts.
  const later = text.lastIndexOf('@')
  const isCutShort =
    !early.includes('@') && later > early.length && !(isHosts(early) && isInOptions(text, later))
  const at = isCutShort ? later : early.lastIndexOf('@')
  const after = text.slice(at + 1)
  const hostsEnd = after.search(/[/?#]/)
  return {
    userInfo: at < 0 ? null : text.slice(0, at),
    hosts: hostsEnd < 0 ? after : after.slice(0, hostsEnd),
    rest: hostsEnd < 0 ? '' : after.slice(hostsEnd),
  }
}

/** Tells whether a place is in the value of an option: after a `?` and a `=`. */
function isInOptions(text: string, at: number): boolean {
  return /\?[^@]*=/.test(text.slice(0, at))
}

/** Says what is wrong with a name and password in a URL, or `null`; of the password it repeats only one character. */
export function userInfoProblem(userInfo: string): string | null {
  const colon = userInfo.indexOf(':')
  const name = colon < 0 ? userInfo : userInfo.slice(0, colon)
  if (name === '') return 'has an @, but no user name before it'
  return (
    encodingProblem(name, 'user name') ??
    (colon < 0 ? null : encodingProblem(userInfo.slice(colon + 1), 'password'))
  )
}

function encodingProblem(text: string, part: string): string | null {
  const sign = /[@:/?#[\]]/.exec(text)?.[0]
  if (sign) return `has a ${sign} in its ${part}, which must be written ${RESERVED[sign]}`
  if (/%(?![0-9a-f]{2})/i.test(text)) return `has a % in its ${part}, which must be written %25`
  try {
    decodeURIComponent(text)
    return null
  } catch {
    return `has percent-encoded bytes in its ${part} that are not UTF-8`
  }
}
