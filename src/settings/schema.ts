import { z } from 'zod'
import { PASSWORD_LENGTH } from '../kernel/password-length.ts'
import * as value from './values.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** What the reference and the messages say about a setting. */
export interface SettingDoc {
  variable: string
  description: string
  example: string
  /** The value when the variable is absent, in words; left out where the schema has a default. */
  otherwise?: string
  secret?: true
}

/** The documentation of each schema in `settingsSchema`. */
export const settingDocs = z.registry<SettingDoc>()

/** Parses every setting from the text of its variable. */
export const settingsSchema = z.strictObject({
  issuer: value.issuerUrl.optional().register(settingDocs, {
    variable: 'OIDC_OP_ISSUER',
    description:
      'The public URL, without a path. Every link and redirect is built from it, never from a header. Plain http is for localhost only.',
    example: 'https://id.example.org',
    otherwise: 'http://localhost:<port>',
  }),
  host: value.listenHost.prefault('127.0.0.1').register(settingDocs, {
    variable: 'OIDC_OP_HOST',
    description: 'The address to listen on.',
    example: '0.0.0.0',
  }),
  port: value.portNumber.prefault('8080').register(settingDocs, {
    variable: 'OIDC_OP_PORT',
    description: 'The port to listen on; 0 takes a free one.',
    example: '8080',
  }),
  dataDir: value.plainText.prefault('data').register(settingDocs, {
    variable: 'OIDC_OP_DATA_DIR',
    description: 'The directory of the log, the replica, the subject keys and the generated master key.',
    example: '/var/lib/countersign',
  }),
  storageBackend: z
    .enum(['sqlite', 'mongodb'], { error: 'must be sqlite or mongodb' })
    .prefault('sqlite')
    .register(settingDocs, {
      variable: 'OIDC_OP_STORAGE_BACKEND',
      description: 'Where the log is kept: `sqlite` for one machine, `mongodb` for several.',
      example: 'mongodb',
    }),
  sqlitePath: value.plainText.optional().register(settingDocs, {
    variable: 'OIDC_OP_SQLITE_PATH',
    description: 'The database file of the `sqlite` back end.',
    example: '/var/lib/countersign/oidc_op.db',
    otherwise: '<data directory>/oidc_op.db',
  }),
  diskReserve: value.byteCount.prefault('64M').register(settingDocs, {
    variable: 'OIDC_OP_DISK_RESERVE',
    description:
      'How much of the disk is kept free, in bytes or with K, M or G. With less, new work is refused and `/health` says so; reading, signing out and erasing go on.',
    example: '256M',
  }),
  mongodbUri: value.mongodbUri.optional().register(settingDocs, {
    variable: 'OIDC_OP_MONGODB_URI',
    description: 'The connection string of the `mongodb` back end, which needs it.',
    example: 'mongodb://db1.example.org,db2.example.org/?replicaSet=rs0',
    otherwise: 'none',
    secret: true,
  }),
  mongodbDatabase: value.mongodbDatabase.prefault('oidc_op').register(settingDocs, {
    variable: 'OIDC_OP_MONGODB_DATABASE',
    description: 'The database of the `mongodb` back end.',
    example: 'oidc_op',
  }),
  masterKey: value.keyBytes.optional().register(settingDocs, {
    variable: 'OIDC_OP_MASTER_KEY',
    description: 'The key that all other keys are encrypted under: 32 random bytes in base64.',
    example: 'the output of: openssl rand -base64 32',
    otherwise: 'generated into the data directory',
    secret: true,
  }),
  smtpUrl: value.smtpUrl.optional().register(settingDocs, {
    variable: 'OIDC_OP_SMTP_URL',
    description: 'The server that mail is sent through. Without it links are printed on the console.',
    example: 'smtps://user:password@mail.example.org',
    otherwise: 'none',
    secret: true,
  }),
  mailFrom: value.mailAddress.optional().register(settingDocs, {
    variable: 'OIDC_OP_MAIL_FROM',
    description: 'The sender of mail: one bare address. Needed with an SMTP URL.',
    example: 'sign-in@example.org',
    otherwise: 'none',
  }),
  mailSingleLabelDomains: value.yesOrNo.prefault('false').register(settingDocs, {
    variable: 'OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS',
    description:
      'Whether mail addresses may have a domain without a dot, like `root@localhost`: people and the sender alike.',
    example: 'true',
  }),
  passwordMinLength: value.passwordLength.prefault(String(PASSWORD_LENGTH.alone)).register(settingDocs, {
    variable: 'OIDC_OP_PASSWORD_MIN_LENGTH',
    description: `The least number of characters of a new password, ${PASSWORD_LENGTH.least} to ${PASSWORD_LENGTH.most}. A password signs in alone here, for which fewer than ${PASSWORD_LENGTH.alone} are not advised.`,
    example: '12',
  }),
  trustProxy: value.proxyList.prefault('off').register(settingDocs, {
    variable: 'OIDC_OP_TRUST_PROXY',
    description: 'The addresses and networks of proxies whose forwarded headers count, separated by commas.',
    example: '10.0.0.2,192.168.7.0/24',
  }),
  debug: value.yesOrNo.prefault('false').register(settingDocs, {
    variable: 'OIDC_OP_DEBUG',
    description: 'Whether the API documentation is served at `/docs`.',
    example: 'true',
  }),
  logLevel: z
    .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })
    .prefault('info')
    .register(settingDocs, {
      variable: 'OIDC_OP_LOG_LEVEL',
      description: `How much is logged: ${LOG_LEVELS.map((level) => `\`${level}\``).join(', ')}.`,
      example: 'debug',
    }),
})
