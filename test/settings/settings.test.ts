import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { EXIT_CONFIG, nearestName, SettingsError } from '../../src/settings/faults.ts'
import { describeSettings, type Environment, readSettings } from '../../src/settings/settings.ts'
import { BAD_TEXTS, NO_SENTENCE } from '../support/bad-fields.ts'
import { WEAK_KEYS } from '../support/weak-keys.ts'

const KEY_BYTES = createHash('sha256').update('a key of the tests').digest()
const KEY = KEY_BYTES.toString('base64')

function files(content: Record<string, string>) {
  return (path: string) => {
    const text = content[path]
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
    return text
  }
}

const read = (env: Environment, content: Record<string, string> = {}) => readSettings(env, files(content))

function refusalOf(env: Environment, content: Record<string, string> = {}): SettingsError {
  try {
    read(env, content)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('The settings were accepted')
}

const blamed = (env: Environment) =>
  refusalOf(env).faults.map(({ variable, problem }) => `${variable}: ${problem}`)

describe('settings that are accepted', () => {
  it('has a default for everything', () => {
    expect(read({ PATH: '/bin' })).toEqual({
      issuer: 'http://localhost:8080',
      host: '127.0.0.1',
      port: 8080,
      dataDir: 'data',
      storageBackend: 'sqlite',
      sqlitePath: 'data/oidc_op.db',
      diskReserve: 64 * 1024 * 1024,
      mongodbUri: null,
      mongodbDatabase: 'oidc_op',
      masterKey: null,
      smtpUrl: null,
      mailFrom: null,
      mailSingleLabelDomains: false,
      passwordMinLength: 15,
      trustProxy: [],
      debug: false,
      logLevel: 'info',
    })
  })

  it('reads every variable', () => {
    const settings = read({
      OIDC_OP_ISSUER: 'https://ID.example.org:443/',
      OIDC_OP_HOST: '::',
      OIDC_OP_PORT: '0',
      OIDC_OP_DATA_DIR: '/var/lib/op',
      OIDC_OP_STORAGE_BACKEND: 'mongodb',
      OIDC_OP_SQLITE_PATH: '/fast/replica.db',
      OIDC_OP_DISK_RESERVE: '2G',
      OIDC_OP_MONGODB_URI: 'mongodb+srv://user:pw@db.example.org',
      OIDC_OP_MONGODB_DATABASE: 'people',
      OIDC_OP_MASTER_KEY: KEY,
      OIDC_OP_SMTP_URL: 'smtps://mail.example.org',
      OIDC_OP_MAIL_FROM: 'op@localhost',
      OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS: 'true',
      OIDC_OP_PASSWORD_MIN_LENGTH: '8',
      OIDC_OP_TRUST_PROXY: '10.0.0.1, fd00::/8',
      OIDC_OP_DEBUG: 'true',
      OIDC_OP_LOG_LEVEL: 'silent',
    })
    const { mongodbUri, masterKey, smtpUrl, ...open } = settings
    expect(open).toEqual({
      issuer: 'https://id.example.org',
      host: '::',
      port: 0,
      dataDir: '/var/lib/op',
      storageBackend: 'mongodb',
      sqlitePath: '/fast/replica.db',
      diskReserve: 2 * 1024 ** 3,
      mongodbDatabase: 'people',
      mailFrom: 'op@localhost',
      mailSingleLabelDomains: true,
      passwordMinLength: 8,
      trustProxy: ['10.0.0.1', 'fd00::/8'],
      debug: true,
      logLevel: 'silent',
    })
    expect(mongodbUri?.reveal()).toBe('mongodb+srv://user:pw@db.example.org')
    expect(Buffer.from(masterKey!.reveal())).toEqual(KEY_BYTES)
    expect(smtpUrl?.reveal()).toBe('smtps://mail.example.org')
  })

  it('derives the issuer from the port and the database from the data directory', () => {
    const settings = read({ OIDC_OP_PORT: '9000', OIDC_OP_DATA_DIR: '/srv/op' })
    expect([settings.issuer, settings.sqlitePath]).toEqual(['http://localhost:9000', '/srv/op/oidc_op.db'])
  })

  it('reads a secret from the file that its twin names, without the line break at its end', () => {
    const settings = read({ OIDC_OP_MASTER_KEY_FILE: '/run/key' }, { '/run/key': `${KEY}\n` })
    expect(Buffer.from(settings.masterKey!.reveal())).toEqual(KEY_BYTES)
  })

  it.each(['http://localhost', 'http://127.0.0.5:81', 'http://[::1]:8080'])(
    'accepts plain http for %s',
    (issuer) => {
      expect(read({ OIDC_OP_ISSUER: issuer }).issuer).toBe(issuer)
    },
  )

  it('accepts off for no proxies', () => {
    expect(read({ OIDC_OP_TRUST_PROXY: 'off' }).trustProxy).toEqual([])
  })
})

describe('what is wrong with a setting', () => {
  const variables = describeSettings(read({}), {}).map(({ variable }) => variable)

  it.each(variables)('is said in a sentence that names it: %s', (variable) => {
    for (const [, text] of BAD_TEXTS) {
      try {
        read({ [variable]: text })
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error
        for (const fault of error.faults) expect(fault.problem).toMatch(/^(must|is|names|has) /)
        for (const fault of error.faults) expect(fault.problem).not.toMatch(NO_SENTENCE)
      }
    }
  })
})

describe('settings that are refused', () => {
  it.each([
    ['OIDC_OP_ISSUER', 'id.example.org', 'must be an absolute https URL'],
    ['OIDC_OP_ISSUER', 'ftp://id.example.org', 'must be an absolute https URL'],
    ['OIDC_OP_ISSUER', 'https:\\\\id.example.org', 'must be an absolute https URL'],
    ['OIDC_OP_ISSUER', 'http://id.example.org', 'must be https; plain http is for localhost only'],
    ['OIDC_OP_ISSUER', 'http://127.0.0.1.example.org', 'must be https; plain http is for localhost only'],
    ['OIDC_OP_ISSUER', 'https://a:b@id.example.org', 'must not contain a user name or password'],
    ['OIDC_OP_ISSUER', 'https://id.example.org?', 'must not have a query or a fragment'],
    ['OIDC_OP_ISSUER', 'https://id.example.org/#x', 'must not have a query or a fragment'],
    ['OIDC_OP_HOST', '[::1]', 'must be an IP address (IPv6 without brackets) or a host name'],
    ['OIDC_OP_HOST', '300.1.1.1', 'must be an IP address (IPv6 without brackets) or a host name'],
    ['OIDC_OP_PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['OIDC_OP_PORT', '80.5', 'must be a whole number from 0 to 65535'],
    ['OIDC_OP_PORT', '', 'is empty; leave it out for the default'],
    ['OIDC_OP_DATA_DIR', 'a\0b', 'must be text without control characters'],
    ['OIDC_OP_STORAGE_BACKEND', 'postgres', 'must be sqlite or mongodb'],
    ['OIDC_OP_MONGODB_URI', 'http://db', 'must begin with mongodb:// or mongodb+srv:// and name a host'],
    ['OIDC_OP_MONGODB_DATABASE', 'a.b', 'must be 1 to 63 letters, digits, - or _'],
    ...WEAK_KEYS.map(
      ({ key, told }) => ['OIDC_OP_MASTER_KEY', key.toString('base64'), told] as [string, string, string],
    ),
    ['OIDC_OP_MASTER_KEY', KEY.slice(4), 'must be 32 bytes in base64 (44 characters, the last one =)'],
    [
      'OIDC_OP_MAIL_FROM',
      'Op <op@example.org>',
      'must be one bare address like ada@example.org, without a name, brackets or spaces',
    ],
    [
      'OIDC_OP_MAIL_FROM',
      'op@localhost',
      'must have a domain with a dot in it, unless OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS is true',
    ],
    ['OIDC_OP_MAIL_FROM', 'op@[127.0.0.1]', 'must have a domain name after the @, not an IP address'],
    ['OIDC_OP_MAIL_FROM', '"op"@example.org', 'must not have a quoted part before the @'],
    [
      'OIDC_OP_MAIL_FROM',
      'a@example.org\nBcc: b@example.org',
      'must be one bare address like ada@example.org, without a name, brackets or spaces',
    ],
    [
      'OIDC_OP_TRUST_PROXY',
      'proxy.example.org',
      'must be IP addresses or networks (CIDR), separated by commas',
    ],
    ['OIDC_OP_TRUST_PROXY', '10.0.0.0/33', 'must be IP addresses or networks (CIDR), separated by commas'],
    ['OIDC_OP_TRUST_PROXY', '10.0.0.1,', 'must be IP addresses or networks (CIDR), separated by commas'],
    ['OIDC_OP_DEBUG', 'yes', 'must be true or false'],
    ['OIDC_OP_LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent'],
  ])('blames %s for %j', (variable, text, problem) => {
    expect(blamed({ [variable]: text })).toEqual([`${variable}: ${problem}`])
  })

  it('blames an SMTP URL without a host', () => {
    expect(blamed({ OIDC_OP_SMTP_URL: 'smtp://', OIDC_OP_MAIL_FROM: 'a@example.org' })).toEqual([
      'OIDC_OP_SMTP_URL: must begin with smtp:// or smtps:// and name a host',
    ])
  })

  it('names what a setting needs beside it', () => {
    expect(
      blamed({ OIDC_OP_STORAGE_BACKEND: 'mongodb', OIDC_OP_SMTP_URL: 'smtp://mail.example.org' }),
    ).toEqual([
      'OIDC_OP_MONGODB_URI: is needed when OIDC_OP_STORAGE_BACKEND is mongodb',
      'OIDC_OP_MAIL_FROM: is needed when OIDC_OP_SMTP_URL is given',
    ])
  })

  it('lists all faults at once and gives the exit code of a bad configuration', () => {
    const refusal = refusalOf({ OIDC_OP_PORT: 'x', OIDC_OP_DEBUG: 'x', OIDC_OP_HOTS: 'x' })
    expect(refusal.faults).toEqual([
      {
        variable: 'OIDC_OP_PORT',
        problem: 'must be a whole number from 0 to 65535',
        given: 'x',
        example: '8080',
      },
      { variable: 'OIDC_OP_DEBUG', problem: 'must be true or false', given: 'x', example: 'true' },
      {
        variable: 'OIDC_OP_HOTS',
        problem: 'there is no such setting; did you mean OIDC_OP_HOST?',
        given: '[redacted]',
        example: null,
      },
    ])
    expect(refusal.exitCode).toBe(EXIT_CONFIG)
    expect(EXIT_CONFIG).toBe(78)
    expect(refusal.message).toBe(
      [
        '3 settings are wrong; nothing was started.',
        '  OIDC_OP_PORT: must be a whole number from 0 to 65535',
        '    given:   x',
        '    example: 8080',
        '  OIDC_OP_DEBUG: must be true or false',
        '    given:   x',
        '    example: true',
        '  OIDC_OP_HOTS: there is no such setting; did you mean OIDC_OP_HOST?',
        '    given:   [redacted]',
      ].join('\n'),
    )
  })

  it('refuses a secret that is given twice or whose file cannot be read', () => {
    expect(blamed({ OIDC_OP_MASTER_KEY: KEY, OIDC_OP_MASTER_KEY_FILE: '/run/key' })).toEqual([
      'OIDC_OP_MASTER_KEY: is given twice, also as OIDC_OP_MASTER_KEY_FILE; leave one out',
    ])
    expect(refusalOf({ OIDC_OP_MASTER_KEY_FILE: '/run/key' }).faults).toMatchObject([
      { problem: 'the file that OIDC_OP_MASTER_KEY_FILE names cannot be read (ENOENT)', given: '/run/key' },
    ])
  })

  it('has a file twin for secrets only', () => {
    expect(blamed({ OIDC_OP_PORT_FILE: '/run/port' })).toEqual([
      'OIDC_OP_PORT_FILE: there is no such setting',
    ])
  })
})

describe('what is printed', () => {
  const canary = 'hunter2-canary'

  it.each<[string, Environment, Record<string, string>]>([
    ['a bad key', { OIDC_OP_MASTER_KEY: canary }, {}],
    ['a bad key from a file', { OIDC_OP_MASTER_KEY_FILE: '/run/key' }, { '/run/key': canary }],
    ['a bad database URI', { OIDC_OP_MONGODB_URI: `mysql://u:${canary}@db` }, {}],
    [
      'a bad SMTP URL',
      { OIDC_OP_SMTP_URL: `http://u:${canary}@mail`, OIDC_OP_MAIL_FROM: 'a@example.org' },
      {},
    ],
    ['a misspelled secret', { OIDC_OP_MASTERKEY: canary }, {}],
    ['a password in the issuer', { OIDC_OP_ISSUER: `https://u:${canary}/x@id.example.org` }, {}],
    ['a secret given twice', { OIDC_OP_SMTP_URL: canary, OIDC_OP_SMTP_URL_FILE: 'x' }, {}],
  ])('never shows %s', (_, env, content) => {
    const refusal = refusalOf(env, content)
    expect(refusal.message + inspect(refusal, { depth: 9 })).not.toContain(canary)
  })

  it('makes control characters harmless', () => {
    expect(refusalOf({ OIDC_OP_HOST: '\u001b[2J' }).message).not.toContain('\u001b')
    expect(refusalOf({ 'OIDC_OP_\u001b[2J': 'x' }).message).not.toContain('\u001b')
  })

  it('describes every setting with its source and masks secrets', () => {
    const env = {
      OIDC_OP_PORT: '9000',
      OIDC_OP_SMTP_URL: `smtp://u:${canary}@mail.example.org`,
      OIDC_OP_MAIL_FROM: 'op@example.org',
      OIDC_OP_MASTER_KEY_FILE: '/run/key',
      OIDC_OP_TRUST_PROXY: '10.0.0.1,10.0.0.2',
    }
    const rows = describeSettings(read(env, { '/run/key': KEY }), env)
    expect(rows).toEqual([
      { variable: 'OIDC_OP_ISSUER', value: 'http://localhost:9000', source: 'default' },
      { variable: 'OIDC_OP_HOST', value: '127.0.0.1', source: 'default' },
      { variable: 'OIDC_OP_PORT', value: '9000', source: 'env' },
      { variable: 'OIDC_OP_DATA_DIR', value: 'data', source: 'default' },
      { variable: 'OIDC_OP_STORAGE_BACKEND', value: 'sqlite', source: 'default' },
      { variable: 'OIDC_OP_SQLITE_PATH', value: 'data/oidc_op.db', source: 'default' },
      { variable: 'OIDC_OP_DISK_RESERVE', value: '67108864', source: 'default' },
      { variable: 'OIDC_OP_MONGODB_URI', value: 'none', source: 'default' },
      { variable: 'OIDC_OP_MONGODB_DATABASE', value: 'oidc_op', source: 'default' },
      { variable: 'OIDC_OP_MASTER_KEY', value: '[redacted]', source: 'file' },
      { variable: 'OIDC_OP_SMTP_URL', value: '[redacted]', source: 'env' },
      { variable: 'OIDC_OP_MAIL_FROM', value: 'op@example.org', source: 'env' },
      { variable: 'OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS', value: 'false', source: 'default' },
      { variable: 'OIDC_OP_PASSWORD_MIN_LENGTH', value: '15', source: 'default' },
      { variable: 'OIDC_OP_TRUST_PROXY', value: '10.0.0.1,10.0.0.2', source: 'env' },
      { variable: 'OIDC_OP_DEBUG', value: 'false', source: 'default' },
      { variable: 'OIDC_OP_LOG_LEVEL', value: 'info', source: 'default' },
    ])
  })
})

describe('nearestName', () => {
  it('finds a near misspelling and nothing far away', () => {
    expect(nearestName('PROT', ['HOST', 'PORT'])).toBe('PORT')
    expect(nearestName('COLOUR', ['HOST', 'PORT'])).toBeNull()
  })
})
