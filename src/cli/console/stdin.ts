import { Refusal } from '../../kernel/refusal.ts'

/** The most bytes that are read: more than any secret has. */
const LIMIT = 64 * 1024

/** Reads a secret from the standard input, without the end of its line. @throws Refusal `invalid_input`. */
export async function readSecret(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of stdin) {
    pieces.push(Buffer.from(piece))
    length += piece.length
    if (length > LIMIT) throw new Refusal('invalid_input', 'The standard input is too long')
  }
  const text = Buffer.concat(pieces)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (text === '') throw new Refusal('invalid_input', 'The standard input is empty')
  return text
}
