import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cyclesIn } from './architecture/cycles.ts'
import { importsOf, threadsOf } from './architecture/imports.ts'
import { COMPOSITION, ROOMS } from './architecture/rooms.ts'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

const roomOf = (file: string) => file.slice(0, file.indexOf('/'))

/** May import every room: the entry, and the rooms that put the others together. */
const isComposition = (file: string) => file === 'main.ts' || roomOf(file) in COMPOSITION

/** Packages that only the room that owns them may import, types included. */
const OWNERS: readonly { packages: RegExp; owners: readonly string[] }[] = [
  { packages: /^better-sqlite3$/, owners: ['log/sqlite/'] },
  { packages: /^(mongodb|bson)$/, owners: ['log/mongodb', 'documents/mongodb'] },
  { packages: /^(argon2|@simplewebauthn\/.+)$/, owners: ['authn/'] },
  { packages: /^oidc-provider$/, owners: ['oidc/'] },
  { packages: /^(fastify|fastify-.+|@fastify\/.+)$/, owners: ['http/', 'manage/', 'service/'] },
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
function isAllowed({ file, target }: { file: string; target: string }): boolean {
  if (isComposition(file) || roomOf(file) === roomOf(target)) return true
  const allowed = ROOMS[roomOf(file)]?.uses ?? []
  if (allowed.includes(`${roomOf(target)}/*`) && target.split('/').length === 2) return true
  return allowed.includes(target) || (target.includes('/') && allowed.includes(roomOf(target)))
}

describe('the rooms', () => {
  it('are those of the table', () => {
    expect(files.filter((file) => !isComposition(file) && !(roomOf(file) in ROOMS))).toEqual([])
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
