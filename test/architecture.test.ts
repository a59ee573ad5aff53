import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cyclesIn } from './architecture/cycles.ts'
import { importsOf, threadsOf } from './architecture/imports.ts'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

/** The ports by which a room is reached without its back ends. */
const LOG_PORT = ['log/port.ts', 'log/keys/key-store.ts', 'log/keys/key-stock.ts']
const DOCUMENTS_PORT = 'documents/port.ts'
/** What bounds the documents that anybody may write, where they are written. */
const DOCUMENTS_CAPS = 'documents/anonymous-kinds.ts'

/** A room without its back ends: the files at its door, none in a folder that is named after a driver. */
const withoutBackEnds = (room: string) => `${room}/*`

/** What a room may import: other rooms, or single files of them. Every room may import itself. */
const ALLOWED: Record<string, readonly string[]> = {
  kernel: [],
  events: ['kernel'],
  log: ['kernel', 'events'],
  commands: ['kernel', 'events', ...LOG_PORT, 'projections'],
  projections: ['kernel', 'events'],
  documents: ['kernel'],
  authn: ['kernel', DOCUMENTS_PORT],
  oidc: ['kernel', 'commands', 'projections', 'authn', DOCUMENTS_PORT, DOCUMENTS_CAPS],
  settings: ['kernel'],
  views: ['kernel'],
  http: [
    'kernel',
    'events',
    withoutBackEnds('log'),
    'commands',
    'projections',
    DOCUMENTS_PORT,
    DOCUMENTS_CAPS,
    'authn',
    'oidc',
    'views',
    'mail/port.ts',
    'mail/messages.ts',
    'settings/settings.ts',
  ],
  manage: ['kernel', 'http', 'commands', 'projections', 'views'],
  mail: ['kernel'],
  storage: ['kernel', 'commands', 'documents', 'log/cursors.ts'],
  maintenance: [
    'kernel',
    'events',
    'log',
    'commands',
    'documents',
    'projections',
    'storage/port.ts',
    'maintenance/doctor.ts',
    'storage/mongodb.ts',
    'storage/sqlite.ts',
    'maintenance/rebuild.ts',
    'maintenance/verify-shared-log.ts',
    'storage/open.ts',
  ],
  reactions: [
    'kernel',
    'events',
    withoutBackEnds('log'),
    'commands',
    'projections',
    'mail/port.ts',
    'mail/messages.ts',
  ],
}

/** May import everything: the command line, and the files that stand beside the rooms and put them together. */
const isComposition = (file: string) => !file.includes('/') || file.startsWith('cli/')

/** Packages that only the room that owns them may import, types included. */
const OWNERS: readonly { packages: RegExp; owners: readonly string[] }[] = [
  { packages: /^better-sqlite3$/, owners: ['log/sqlite/'] },
  { packages: /^(mongodb|bson)$/, owners: ['log/mongodb', 'documents/mongodb'] },
  { packages: /^(argon2|@simplewebauthn\/.+)$/, owners: ['authn/'] },
  { packages: /^oidc-provider$/, owners: ['oidc/'] },
  { packages: /^(fastify|fastify-.+|@fastify\/.+)$/, owners: ['http/', 'manage/', 'service/app.ts'] },
  { packages: /^nodemailer$/, owners: ['mail/'] },
]

const files = (readdirSync(SRC, { recursive: true }) as string[])
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.(ts|tsx|mts)$/.test(path))
  .sort()

const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]))

function arrowsBy(read: (source: string) => string[]) {
  return [...sources].flatMap(([file, source]) => read(source).map((specifier) => ({ file, specifier })))
}

function insideOnly(all: readonly { file: string; specifier: string }[]) {
  return all
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((arrow) => ({ ...arrow, target: join(dirname(arrow.file), arrow.specifier) }))
}

const imports = arrowsBy(importsOf)
// Starting a file as a thread is as much an arrow as importing it, but it closes no circle of loading.
const inside = insideOnly([...imports, ...arrowsBy(threadsOf)])
const arrowText = (arrow: { file: string; specifier: string }) => `${arrow.file} -> ${arrow.specifier}`
const roomOf = (file: string) => file.slice(0, file.indexOf('/'))

function isAllowed({ file, target }: { file: string; target: string }): boolean {
  if (isComposition(file) || roomOf(file) === roomOf(target)) return true
  const allowed = ALLOWED[roomOf(file)] ?? []
  if (allowed.includes(withoutBackEnds(roomOf(target))) && target.split('/').length === 2) return true
  return allowed.includes(target) || (target.includes('/') && allowed.includes(roomOf(target)))
}

describe('the rooms', () => {
  it('are those of the table', () => {
    const unknown = files.filter((file) => !isComposition(file) && !(roomOf(file) in ALLOWED))
    expect(unknown).toEqual([])
  })

  it('import only what the table allows', () => {
    expect(inside.filter((arrow) => !isAllowed(arrow)).map(arrowText)).toEqual([])
  })

  it('import only files of src that exist', () => {
    const dangling = inside.filter(({ target }) => !files.includes(target))
    expect(dangling.map(arrowText)).toEqual([])
  })

  it.each(OWNERS)('keep $packages to $owners', ({ packages, owners }) => {
    const strays = imports.filter(
      ({ file, specifier }) => packages.test(specifier) && !owners.some((owner) => file.startsWith(owner)),
    )
    expect(strays.map(arrowText)).toEqual([])
  })

  it('have no file that imports itself by a detour', () => {
    expect(cyclesIn(insideOnly(imports))).toEqual([])
  })
})

describe('the files', () => {
  const sizes = [...sources].map(([file, source]) => ({ file, lines: source.split('\n').length - 1 }))

  it('have at most 400 lines, and in the median fewer than 100', () => {
    expect(sizes.filter(({ lines }) => lines > 400)).toEqual([])
    const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(100)
  })

  it('lie in no room for odds and ends', () => {
    expect(files.filter((file) => /(^|\/)(helpers?|utils?|common|misc)(\/|\.)/.test(file))).toEqual([])
  })

  it('have a barrel only at the door of a room', () => {
    const barrels = files.filter((file) => /(^|\/)index\.[a-z]+$/.test(file))
    expect(barrels.filter((file) => !/^[^/]+\/index\.ts$/.test(file))).toEqual([])
  })
})
