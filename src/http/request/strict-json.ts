import type { FastifyInstance } from 'fastify'
import { Refusal } from '../../kernel/refusal.ts'

/** The longest name that a refusal repeats. */
const LONGEST_SHOWN = 64
/** The tokens of a JSON text that show where a member begins; numbers and literals are skipped. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/**
 * Makes a server read JSON bodies only where all parsers agree: a member given twice is refused (RFC 8259 §4 leaves
 * open which one counts), and so are members that would change the prototype of an object.
 */
export function readStrictJson(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error')
  scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    parse(request, text, (error, value) => {
      const twice = error ? null : memberGivenTwice(text)
      if (twice === null) done(error, value)
      else done(new Refusal('invalid_input', `${twice.slice(0, LONGEST_SHOWN)} is given twice`))
    })
  })
}

/** Finds a member that an object of a well-formed JSON text has twice, however it is escaped; `null` without one. */
export function memberGivenTwice(text: string): string | null {
  // The members of each object that is open; `null` for a list.
  const open: (Set<string> | null)[] = []
  let last = ''
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const members = open.at(-1)
      const name = JSON.parse(last) as string
      if (members?.has(name)) return name
      members?.add(name)
    }
    last = token
  }
  return null
}
