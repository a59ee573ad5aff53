const TEXT = 'is text, not random bytes'
const PATTERN = 'is a pattern, not random bytes'
const UNEVEN = 'has too few different bytes to be random'
const ascii = (text: string) => Buffer.from(text.padEnd(32, '\0').slice(0, 32), 'latin1')
const bytes = (of: (index: number) => number) =>
  Buffer.from(Array.from({ length: 32 }, (_, index) => of(index) & 0xff))
const noise = (index: number) => (index * index * 167 + index * 91 + 200) >> 1

/** Keys that people make up, each with what is said about it. */
export const WEAK_KEYS: readonly { what: string; key: Buffer; told: string }[] = [
  { what: 'zeros', key: bytes(() => 0), told: TEXT },
  { what: 'ones', key: bytes(() => 0xff), told: PATTERN },
  { what: 'one byte again and again', key: bytes(() => 7), told: PATTERN },
  { what: 'one letter again and again', key: ascii('a'.repeat(32)), told: TEXT },
  { what: 'two bytes in turns', key: bytes((index) => (index % 2) * 170), told: PATTERN },
  { what: 'eight bytes four times', key: bytes((index) => noise(index % 8)), told: PATTERN },
  { what: 'sixteen bytes twice', key: bytes((index) => noise(index % 16)), told: PATTERN },
  { what: 'bytes counted up', key: bytes((index) => index), told: PATTERN },
  { what: 'bytes counted down', key: bytes((index) => 255 - index * 3), told: PATTERN },
  { what: 'a sentence', key: ascii('correct horse battery staple now'), told: TEXT },
  { what: 'a word filled up with zeros', key: ascii('changeme'), told: TEXT },
  { what: 'hexadecimal digits', key: ascii('0123456789abcdef0fedcba987654321'), told: TEXT },
  { what: 'base64 letters', key: ascii('q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'), told: TEXT },
  {
    what: 'eight bytes, then zeros',
    key: bytes((index) => (index < 8 ? noise(index) | 0x80 : 0)),
    told: UNEVEN,
  },
  {
    what: 'half random, half zeros',
    key: bytes((index) => (index < 16 ? noise(index) | 0x80 : 0)),
    told: UNEVEN,
  },
  {
    what: 'bits set here and there',
    key: bytes((index) => 1 << Number('31415265357323046264330327502043'[index])),
    told: UNEVEN,
  },
]
