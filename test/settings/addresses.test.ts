import { MongoClient } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { SettingsError } from '../../src/settings/faults.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

const CANARY = 'pass-word-canary'

/** What the settings say about one variable, or its value. */
function said(variable: string, text: string): string {
  const partners = { OIDC_OP_MAIL_FROM: 'op@example.org' }
  try {
    const { issuer } = readSettings({ ...partners, [variable]: text }, () => '')
    return `taken: ${issuer}`
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    expect(error.exitCode).toBe(78)
    expect(error.message).not.toContain(CANARY)
    return error.faults.map((fault) => `${fault.variable} ${fault.problem}`).join('\n')
  }
}

describe('an address of MongoDB that can be none ends with 78, the reason and no password', () => {
  const BEGIN = 'must begin with mongodb:// or mongodb+srv:// and name a host'
  it.each([
    ['', 'is empty; leave it out for the default'],
    ['nonsense', BEGIN],
    ['mongo://db', BEGIN],
    ['mongodb:/db', BEGIN],
    ['mongodb://', BEGIN],
    ['mongodb:///x', BEGIN],
    [`mongodb://u:${CANARY}@`, BEGIN],
    [`mongodb://u:${CANARY}@db@host`, 'has a @ in its password, which must be written %40'],
    [`mongodb://u:a@${CANARY}@db:27017/x`, 'has a @ in its password, which must be written %40'],
    [`mongodb://u:a:${CANARY}@db`, 'has a : in its password, which must be written %3A'],
    [`mongodb://u:a/${CANARY}@db`, 'has a / in its password, which must be written %2F'],
    [`mongodb://u:12/34${CANARY}@db/x?w=1`, 'has a / in its password, which must be written %2F'],
    [`mongodb://u:a?${CANARY}@db`, 'has a ? in its password, which must be written %3F'],
    [`mongodb://u:12?${CANARY}@db/?w=1`, 'has a ? in its password, which must be written %3F'],
    [`mongodb://u:a#${CANARY}@db`, 'has a # in its password, which must be written %23'],
    [`mongodb://u:a[${CANARY}@db`, 'has a [ in its password, which must be written %5B'],
    [`mongodb://u:a]${CANARY}@db`, 'has a ] in its password, which must be written %5D'],
    [`mongodb://u:a%${CANARY}@db`, 'has a % in its password, which must be written %25'],
    [`mongodb://u:%ff${CANARY}@db`, 'has percent-encoded bytes in its password that are not UTF-8'],
    [`mongodb://u@x:${CANARY}@db`, 'has a @ in its user name, which must be written %40'],
    [`mongodb://:${CANARY}@db`, 'has an @, but no user name before it'],
    ['mongodb://@db', 'has an @, but no user name before it'],
    ['mongodb://db1,,db2', 'names an empty host: one comma too many'],
    ['mongodb://db1,', 'names an empty host: one comma too many'],
    ['mongodb://db:0', 'has a port that is not a number from 1 to 65535'],
    ['mongodb://db:65536', 'has a port that is not a number from 1 to 65535'],
    ['mongodb://db:port', 'has a port that is not a number from 1 to 65535'],
    ['mongodb://db:', 'has a port that is not a number from 1 to 65535'],
    ['mongodb://::1', 'names an invalid host'],
    ['mongodb://db/?appName=a@b', 'has a @ in the option appName, which must be written %40'],
    ['mongodb://[::1', 'names an invalid host'],
    ['mongodb://-db', 'names an invalid host'],
    ['mongodb+srv://a,b', 'must name one host only after mongodb+srv://'],
    ['mongodb+srv://a.b.c:27017', 'must have no port after mongodb+srv://'],
    ['mongodb://db /', 'must not have spaces'],
    ['mongodb://db/a/b', 'has something after its hosts that cannot be a database'],
    ['mongodb://db/#x', 'must not have a #'],
    ['mongodb://db/?replicaSet=', 'has no value for the option replicaSet'],
    ['mongodb://db/?replicaset', 'has no value for the option replicaSet'],
    ['mongodb://db/?replicSet=rs0', 'has the option replicSet, which the driver does not know'],
    ['mongodb://db/?tls=yes', 'must have true or false for the option tls'],
    ['mongodb://db/?maxPoolSize=many', 'must have a whole number for the option maxPoolSize'],
    ['mongodb://db/?maxPoolSize=1&maxPoolSize=2', 'has the option maxPoolSize twice'],
    [
      `mongodb://db/?tlsCertificateKeyFilePassword=${CANARY}%`,
      'has a % in the option tlsCertificateKeyFilePassword, which must be written %25',
    ],
  ])('%s', (text, problem) => {
    expect(said('OIDC_OP_MONGODB_URI', text)).toBe(`OIDC_OP_MONGODB_URI ${problem}`)
  })

  it.each([
    'mongodb://db',
    'mongodb://db:27017/',
    'mongodb://db1,db2:27018,db3/?replicaSet=rs0',
    'mongodb://db?replicaSet=rs0',
    'mongodb://[::1]:27017,127.0.0.1/people',
    'mongodb://%2Ftmp%2Fmongodb-27017.sock',
    'mongodb://u:p%40%3A%2F%3F%23%5B%5D%25@db/?authSource=admin',
    "mongodb://u:!$&'()*+,;=-._~@db",
    'mongodb://u@db/?authMechanism=MONGODB-X509&tls=true',
    'mongodb://db/?appName=a%40b',
    'mongodb://db/?readPreference=secondary&readPreferenceTags=dc:a&readPreferenceTags=dc:b',
    'mongodb://db/?retryWrites=true&w=majority&',
  ])('but %s is one, for the driver too', (text) => {
    expect(said('OIDC_OP_MONGODB_URI', text)).toBe('taken: http://localhost:8080')
    expect(() => new MongoClient(text)).not.toThrow()
  })

  it('is told together with everything else that is wrong, also on a start', async () => {
    const place = temporaryDirectory()
    const env = {
      OIDC_OP_STORAGE_BACKEND: 'mongodb',
      OIDC_OP_MONGODB_URI: `mongodb://u:a/${CANARY}@db`,
      OIDC_OP_PORT: 'x',
      OIDC_OP_ISSUER: 'https://id.example.org/op',
    }
    const { code, stderr } = await countersign(place.path, ['config', 'check'], { env })
    place.remove()
    expect([code, stderr.split('\n')[0]]).toEqual([78, '3 settings are wrong; nothing was started.'])
    expect(stderr).toContain('OIDC_OP_MONGODB_URI: has a / in its password, which must be written %2F')
    expect(stderr).not.toContain(CANARY)
  })
})

describe('the same signs in the password of a mail server', () => {
  it.each([
    [`smtp://u:a@${CANARY}@mail`, 'has a @ in its password, which must be written %40'],
    [`smtp://u:a/${CANARY}@mail`, 'has a / in its password, which must be written %2F'],
    [`smtps://u:a#${CANARY}@mail:465`, 'has a # in its password, which must be written %23'],
    [`smtp://u:50%${CANARY}@mail`, 'has a % in its password, which must be written %25'],
    [`smtp://u:${CANARY}@`, 'must begin with smtp:// or smtps:// and name a host'],
    ['smtp://', 'must begin with smtp:// or smtps:// and name a host'],
    ['http://mail', 'must begin with smtp:// or smtps:// and name a host'],
  ])('%s', (text, problem) => {
    expect(said('OIDC_OP_SMTP_URL', text)).toBe(`OIDC_OP_SMTP_URL ${problem}`)
  })

  it('are taken when they are encoded', () => {
    expect(said('OIDC_OP_SMTP_URL', 'smtps://u%40x:p%2F@mail:465?x=1')).toMatch(/^taken/)
  })
})

describe('an issuer', () => {
  const PATH = 'must not have a path: it is served at the root of its host, like https://id.example.org'
  const HTTPS = 'must be an absolute https URL'
  const HOST = 'must name a host by a domain name or an IP address'
  it.each([
    ['https://id.example.org/op', PATH],
    ['https://id.example.org/op/', PATH],
    ['https://id.example.org//', PATH],
    ['https://id.example.org/%20', PATH],
    ['https://id.example.org/?x', 'must not have a query or a fragment'],
    ['https://id.example.org?', 'must not have a query or a fragment'],
    ['https://id.example.org#', 'must not have a query or a fragment'],
    ['https://u@id.example.org', 'must not contain a user name or password'],
    ['https://@id.example.org', 'must not contain a user name or password'],
    ['https://:@id.example.org', 'must not contain a user name or password'],
    ['https://id.example.org.', 'must not have a dot at the end of its host'],
    ['https://id.example.org:0', 'must not have the port 0'],
    ['http://localhost:0', 'must not have the port 0'],
    ['https://id.example.org:65536', HTTPS],
    ['https://id.example.org:x', HTTPS],
    ['https://', HTTPS],
    ['https:///id.example.org', HTTPS],
    ['https:id.example.org', HTTPS],
    ['https:\\\\id.example.org', HTTPS],
    ['https://id.example.org\\op', HTTPS],
    ['https://id example.org', HTTPS],
    ['//id.example.org', HTTPS],
    ['id.example.org', HTTPS],
    ['ftp://id.example.org', HTTPS],
    ['urn:id', HTTPS],
    ['https://[::1', HTTPS],
    ['https://xn--a.example', HOST],
    ['https://*.example.org', HOST],
    ['https://id_1.example.org', HOST],
    ['https://-id.example.org', HOST],
    ['https://id..example.org', HOST],
    [`https://${'a'.repeat(64)}.example.org`, HOST],
    ['http://id.example.org', 'must be https; plain http is for localhost only'],
    ['http://0.0.0.0', 'must be https; plain http is for localhost only'],
    ['http://192.168.1.2:8080', 'must be https; plain http is for localhost only'],
    ['http://localhost.example.org', 'must be https; plain http is for localhost only'],
  ])('cannot be %s', (text, problem) => {
    expect(said('OIDC_OP_ISSUER', text)).toBe(`OIDC_OP_ISSUER ${problem}`)
  })

  it.each([
    ['https://id.example.org/', 'https://id.example.org'],
    ['HTTPS://ID.Example.org:443', 'https://id.example.org'],
    ['https://id.example.org:8443/', 'https://id.example.org:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://192.0.2.1', 'https://192.0.2.1'],
    ['https://[2001:DB8::1]', 'https://[2001:db8::1]'],
    ['http://LOCALHOST:80/', 'http://localhost'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['https://intranet', 'https://intranet'],
  ])('%s is %s', (text, issuer) => {
    expect(said('OIDC_OP_ISSUER', text)).toBe(`taken: ${issuer}`)
  })
})
