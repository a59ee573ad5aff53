import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PASSING_CODES, Refusal } from '../../../src/kernel/refusal.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { type EveryEndpoint, everyEndpoint } from '../../support/every-endpoint.ts'

/** What is asked of the store, and what it fails with instead. */
interface Fault {
  of: 'writes' | 'everything'
  error: () => Error
}

const driverError = (name: string, code?: string) => Object.assign(new Error('of a driver'), { name, code })

const FAULTS: Record<string, Fault> = {
  ...Object.fromEntries(
    PASSING_CODES.map((code) => [
      `writes are refused with ${code}`,
      { of: 'writes', error: () => new Refusal(code, 'The store does not take it') } as const,
    ]),
  ),
  'MongoDB is away': {
    of: 'everything',
    error: () => new Refusal('storage_unavailable', 'The database does not answer'),
  },
  'the driver of MongoDB is heard as it is': {
    of: 'everything',
    error: () => driverError('MongoServerSelectionError'),
  },
  'SQLite is heard as it is, about a full disk': {
    of: 'writes',
    error: () => driverError('SqliteError', 'SQLITE_FULL'),
  },
}

const READS = ['find', 'findByUid']
const WRITES = [
  'upsert',
  'insertOnce',
  'consume',
  'take',
  'increment',
  'remove',
  'revokeByGrant',
  'revokeByAccount',
]
const KEY_METHODS = ['load', 'secret', 'ensureSecret', 'add', 'markForDestruction', 'destroy', 'removeSecret']

let fault: Fault | null = null
let service: TestApp
let endpoints: EveryEndpoint

/** Makes methods of an object fail while the fault is on. */
function breakable(object: object, methods: readonly string[], kind: 'read' | 'write'): void {
  for (const name of methods) {
    const method = Reflect.get(object, name) as (...args: unknown[]) => unknown
    Reflect.set(object, name, (...args: unknown[]) =>
      fault && (kind === 'write' || fault.of === 'everything')
        ? Promise.reject(fault.error())
        : method.apply(object, args),
    )
  }
}

beforeAll(async () => {
  service = await createTestApp()
  const { documents, keys, commands } = service.storage
  breakable(documents, WRITES, 'write')
  breakable(documents, READS, 'read')
  breakable(keys, KEY_METHODS, 'read')
  breakable(commands, ['submit'], 'write')
  endpoints = await everyEndpoint(service)
})
afterEach(() => {
  fault = null
})
afterAll(() => service.close())

describe.each(Object.entries(FAULTS))('while %s', (_name, given) => {
  it('every endpoint answers without, or with 503 and Retry-After', async () => {
    const { unavailable, wrong } = await endpoints.call({
      before: () => {
        fault = given
      },
      after: () => {
        fault = null
      },
    })
    expect(wrong).toEqual([])
    for (const path of ['/login', '/oidc/token', '/oidc/authorize']) expect(unavailable).toContain(path)
    expect(unavailable.size).toBeGreaterThan(8)
  })
})

it('what passes is answered with 503 at the API, and all else is not', async () => {
  const { REFUSAL_TABLE } = await import('../../../src/http/reply/refusal-table.ts')
  const passing = Object.entries(REFUSAL_TABLE).filter(([, { status }]) => status >= 500)
  expect(passing.map(([code]) => code).sort()).toEqual([...PASSING_CODES].sort())
})
