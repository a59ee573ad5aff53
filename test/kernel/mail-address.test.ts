import { describe, expect, it } from 'vitest'
import { mailKey, mailRuleProblem, readMailAddress } from '../../src/kernel/mail-address.ts'

const addressOf = (text: string) => {
  const read = readMailAddress(text)
  return 'address' in read ? read.address : `refused: ${read.problem}`
}
const problemOf = (text: string) => {
  const read = readMailAddress(text)
  return 'problem' in read ? read.problem : `taken: ${read.address}`
}

const LABEL = 'a'.repeat(63)
const WHOLE = 'must be one bare address like ada@example.org, without a name, brackets or spaces'
const NO_IP = 'must have a domain name after the @, not an IP address'
const NO_DOMAIN = 'must have a domain name after the @, like example.org'
const DOTS = 'must not begin or end with a dot before the @, or have two in a row'

describe('a mail address that is taken', () => {
  it.each([
    'ada@example.org',
    'x@example.xn--p1ai',
    'x@xn--bcher-kva.example',
    'x@xn--p1ai',
    'Ada.Lovelace+tag@example.org',
    "o'brien@example.org",
    "!#$%&'*+-/=?^_`{|}~@example.org",
    '0@1.example',
    'a@b.c',
    'a@r3---sn-x.example',
    `${'l'.repeat(64)}@example.org`,
    `a@${LABEL}.example`,
    `a@${LABEL}.${LABEL}.${LABEL}.${'d'.repeat(60)}`,
  ])('is %s as it is', (text) => {
    expect(addressOf(text)).toBe(text)
  })

  it.each([
    ['x@пример.рф', 'x@xn--e1afmkfd.xn--p1ai'],
    ['x@Bücher.Example', 'x@xn--bcher-kva.example'],
    ['x@bu\u0308cher.example', 'x@xn--bcher-kva.example'],
    ['x@XN--BCHER-KVA.example', 'x@xn--bcher-kva.example'],
    ['x@faß.de', 'x@xn--fa-hia.de'],
    ['x@例え。テスト', 'x@xn--r8jz45g.xn--zckzah'],
    ['x@نامه\u200cای.com', 'x@xn--mgba3gch31f060k.com'],
    ['Ada@EXAMPLE.org', 'Ada@example.org'],
  ])('keeps %s as %s', (text, kept) => {
    expect(addressOf(text)).toBe(kept)
  })

  it.each([
    ['ADA@Example.Org', 'ada@example.org'],
    ['x@BÜCHER.example', 'x@xn--bcher-kva.example'],
    ['No Address', 'no address'],
  ])('counts %s as the same as %s', (text, other) => {
    expect(mailKey(text)).toBe(mailKey(other))
  })
})

describe('a mail address that is refused', () => {
  it.each([
    ['', 'must be an address with an @, like ada@example.org'],
    ['ada', 'must be an address with an @, like ada@example.org'],
    ['@example.org', 'must have something before the @'],
    ['ada@', NO_DOMAIN],
    ['a@b@example.org', 'must have only one @'],
    ['.a@example.org', DOTS],
    ['a.@example.org', DOTS],
    ['a..b@example.org', DOTS],
    ['"a b"@example.org', WHOLE],
    ['"ada"@example.org', 'must not have a quoted part before the @'],
    ['jürgen@example.org', 'must have only ASCII characters before the @'],
    [`${'l'.repeat(65)}@example.org`, 'must have at most 64 characters before the @'],
    [`a@${LABEL}a.example`, 'must have at most 63 characters in each part of its domain'],
    [`a@${LABEL}.${LABEL}.${LABEL}.${'d'.repeat(61)}`, 'must have at most 254 characters'],
    [`a@${'ü'.repeat(1100)}.example`, 'must have at most 254 characters'],
    ['a@example.org.', 'must not end with a dot'],
    ['a@-example.org', NO_DOMAIN],
    ['a@example-.org', NO_DOMAIN],
    ['a@exa_mple.org', NO_DOMAIN],
    ['a@example..org', NO_DOMAIN],
    ['a@.example.org', NO_DOMAIN],
    ['a@ex%61mple.org', NO_DOMAIN],
    ['a@example.org/x', NO_DOMAIN],
    ['a@xn--a.example', NO_DOMAIN],
    ['a@xn--.example', NO_DOMAIN],
    ['a@example.123', NO_DOMAIN],
    ['a@127.0.0.1', NO_IP],
    ['a@１２７.0.0.1', NO_IP],
    ['a@0x7f.1', NO_IP],
    ['a@[127.0.0.1]', NO_IP],
    ['a@[IPv6:::1]', NO_IP],
    ['Ada <ada@example.org>', WHOLE],
    ['<ada@example.org>', WHOLE],
    ['ada(comment)@example.org', WHOLE],
    ['ada@example.org, eve@example.net', WHOLE],
    ['ada@example.org;eve@example.net', WHOLE],
    ['ada@example.org:25', WHOLE],
    [' ada@example.org', WHOLE],
    ['ada@example.org\r\nBcc: eve@example.net', WHOLE],
    ['ada@exa\u00admple.org', WHOLE],
    ['ada@\u202eexample.org', WHOLE],
    ['ada\0@example.org', WHOLE],
  ])('%j: %s', (text, problem) => {
    expect(problemOf(text)).toBe(problem)
  })
})

it.each([
  ['root@localhost', false],
  ['root@intranet', false],
  ['root@xn--p1ai', false],
  ['root@mail.intranet', true],
])('a domain of one label is for the operator to allow: %s', (address, always) => {
  expect(mailRuleProblem(address, { mailSingleLabelDomains: false }) === null).toBe(always)
  expect(mailRuleProblem(address, { mailSingleLabelDomains: true })).toBeNull()
})
