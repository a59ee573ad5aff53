/** What a room of `src` is for, and what it may import. */
export interface Room {
  holds: string
  /** Other rooms, single files of them, or `room/*`: the files at a room's door, none in its folders. */
  uses: readonly string[]
}

/** The ports by which the log is reached without its back ends. */
const LOG_PORTS = ['log/port.ts', 'log/keys/key-store.ts', 'log/keys/key-stock.ts']
const DOCUMENT_PORTS = ['documents/port.ts', 'documents/anonymous-kinds.ts']
const MAIL = ['mail/port.ts', 'mail/messages.ts']

/** Every room, from what depends on nothing up to what depends on everything. Each room may import itself. */
export const ROOMS: Readonly<Record<string, Room>> = {
  kernel: { holds: 'ids, clock, randomness, refusals, secrets that do not print', uses: [] },
  events: { holds: 'what can happen, as schemas; envelope, hashing, sealing', uses: ['kernel'] },
  settings: { holds: 'the environment variables, parsed and checked', uses: ['kernel'] },
  mail: { holds: 'messages, and how they are sent', uses: ['kernel'] },
  views: { holds: 'the pages as markup, and their style and scripts', uses: ['kernel'] },
  documents: { holds: 'short-lived state with an expiry, on SQLite and MongoDB', uses: ['kernel'] },
  log: { holds: 'the log and the subject keys, on SQLite and MongoDB', uses: ['kernel', 'events'] },
  projections: {
    holds: 'the read models: how events change them, how they are queried',
    uses: ['kernel', 'events'],
  },
  authn: {
    holds: 'passwords, passkeys and links: verifies a proof, appends nothing',
    uses: ['kernel', 'documents/port.ts'],
  },
  commands: { holds: 'deciding: one verb a file, pure', uses: ['kernel', 'events', 'projections'] },
  engine: {
    holds: 'the one loop that writes: batches, sealing, erasure, following another node',
    uses: ['kernel', 'events', 'projections', 'commands', ...LOG_PORTS],
  },
  accounts: {
    holds: 'what pages, command line and management all do with a person',
    uses: ['kernel', 'events', 'projections', 'commands', 'authn'],
  },
  oidc: {
    holds: 'what is added to oidc-provider: adapters, keys, interactions, claims',
    uses: ['kernel', 'projections', 'commands', 'accounts', ...DOCUMENT_PORTS],
  },
  reactions: {
    holds: 'what follows an event: notices, clean-up',
    uses: ['kernel', 'events', 'projections', 'commands', 'log/*', 'log/keys/key-store.ts', ...MAIL],
  },
  integrity: {
    holds: 'whether an installation is whole: read models, keys, replica; and the rebuild that repairs',
    uses: ['kernel', 'events', 'log', 'projections'],
  },
  storage: {
    holds: 'one installation over either back end: opening, the threads, following the log',
    uses: [
      'kernel',
      'events',
      'settings',
      'documents',
      'log',
      'projections',
      'commands',
      'engine',
      'integrity',
    ],
  },
  maintenance: {
    holds: 'what an operator does to an installation: restore, doctor, verify, copy, accept a loss',
    uses: [
      'kernel',
      'events',
      'settings',
      'documents',
      'log',
      'projections',
      'commands',
      'integrity',
      'storage',
    ],
  },
  http: {
    holds: 'the routes, what guards them, and how they reply',
    uses: [
      'kernel',
      'events',
      'settings',
      ...MAIL,
      'views',
      ...DOCUMENT_PORTS,
      'log/*',
      'log/keys/key-store.ts',
      'projections',
      'authn',
      'commands',
      'accounts',
      'oidc',
    ],
  },
  manage: {
    holds: 'the management UI, an OIDC client of this provider',
    uses: ['kernel', 'views', 'projections', 'commands', 'accounts', 'http'],
  },
}

/** Rooms that put the others together, and so may import every one. */
export const COMPOSITION: Readonly<Record<string, string>> = {
  service: 'the composition root: start, server, services, the application',
  cli: 'the command line: a file a noun, and the console they share',
}
