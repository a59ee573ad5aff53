// The options that a MongoDB connection string may have, as the driver names them, and the type of each.

const TEXT = [
  'appName',
  'authMechanism',
  'authMechanismProperties',
  'authSource',
  'compressors',
  'proxyHost',
  'proxyPassword',
  'proxyUsername',
  'readConcernLevel',
  'readPreference',
  'readPreferenceTags',
  'replicaSet',
  'serverMonitoringMode',
  'srvServiceName',
  'tlsCAFile',
  'tlsCRLFile',
  'tlsCertificateKeyFile',
  'tlsCertificateKeyFilePassword',
  'w',
]
const WHOLE = [
  'connectTimeoutMS',
  'heartbeatFrequencyMS',
  'localThresholdMS',
  'maxConnecting',
  'maxIdleTimeMS',
  'maxPoolSize',
  'maxStalenessSeconds',
  'minHeartbeatFrequencyMS',
  'minPoolSize',
  'proxyPort',
  'serverSelectionTimeoutMS',
  'socketTimeoutMS',
  'srvMaxHosts',
  'timeoutMS',
  'waitQueueTimeoutMS',
  'wtimeout',
  'wtimeoutMS',
  'zlibCompressionLevel',
]
const SWITCH = [
  'directConnection',
  'fsync',
  'j',
  'journal',
  'loadBalanced',
  'noDelay',
  'retryReads',
  'retryWrites',
  'ssl',
  'tls',
  'tlsAllowInvalidCertificates',
  'tlsAllowInvalidHostnames',
  'tlsInsecure',
]

/** The only option that may be repeated: each is a set of tags to try. */
const REPEATABLE = 'readpreferencetags'

const keyed = (names: readonly string[]) => new Map(names.map((name) => [name.toLowerCase(), name]))
const KNOWN = keyed([...TEXT, ...WHOLE, ...SWITCH])
const WHOLE_NAMES = keyed(WHOLE)
const SWITCH_NAMES = keyed(SWITCH)

/** Says what is wrong with the options of a connection string, without their values; `null` when nothing is. */
export function optionsProblem(query: string): string | null {
  const seen = new Set<string>()
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const name = pair.split('=', 1)[0] ?? ''
    const value = pair.slice(name.length + 1)
    const key = name.toLowerCase()
    if (!/^[a-z]+$/i.test(name)) return 'has an option whose name has characters other than letters'
    const known = KNOWN.get(key)
    if (known === undefined) return `has the option ${name}, which the driver does not know`
    if (value === '') return `has no value for the option ${known}`
    if (seen.has(key) && key !== REPEATABLE) return `has the option ${known} twice`
    seen.add(key)
    if (WHOLE_NAMES.has(key) && !/^\d{1,10}$/.test(value))
      return `must have a whole number for the option ${known}`
    if (SWITCH_NAMES.has(key) && !/^(true|false)$/.test(value))
      return `must have true or false for the option ${known}`
    if (value.includes('@')) return `has a @ in the option ${known}, which must be written %40`
    if (/%(?![0-9a-f]{2})/i.test(value)) return `has a % in the option ${known}, which must be written %25`
  }
  return null
}
