import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, SYSTEM_ACTOR } from '../src/commands/command.ts'
import { ANONYMOUS_KINDS, type AnonymousKind } from '../src/documents/anonymous-kinds.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { openForReading } from '../src/log/sqlite/database.ts'
import { createApp } from '../src/service/app.ts'
import { createServices } from '../src/service/services.ts'
import { readSettings } from '../src/settings/settings.ts'
import { installationFiles, openThreadedStorage } from '../src/storage/open.ts'
import { ASKING, type Stranger } from './growth/asking.ts'

const REQUESTS = Number(process.env.COUNTERSIGN_BENCH_REQUESTS ?? 10_000)
const CALLERS = 16
/** What a caller cannot make larger. */
const OF_ONE_SIZE: ReadonlySet<AnonymousKind> = new Set(['webauthn_challenge', 'throttle_open'])

/**
 * Measures by how many bytes the database grows when strangers, each from an address of its own, ask 10,000 times for
 * something that is kept without a session: with a request of the usual size, and with the largest that is taken.
 */
export async function run(): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {}
  for (const kind of Object.keys(ASKING) as AnonymousKind[]) {
    const usual = await growth(kind, 'usual')
    const largest = OF_ONE_SIZE.has(kind) ? usual : await growth(kind, 'largest')
    figures[kind] = { requests: REQUESTS, usual, largest, ...ANONYMOUS_KINDS[kind] }
  }
  return figures
}

async function growth(kind: AnonymousKind, size: Stranger['size']) {
  const directory = mkdtempSync(
    join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-growth-'),
  )
  const settings = readSettings({ OIDC_OP_DATA_DIR: directory, OIDC_OP_LOG_LEVEL: 'error' }, () => '')
  const files = installationFiles(settings)
  const storage = await openThreadedStorage(files, (error) => {
    throw error
  })
  await storage.commands.submit(command('register-client', SHOP, SYSTEM_ACTOR))
  const services = await createServices(storage, settings, systemClock, {
    passwordCost: { memoryKib: 64, iterations: 2, parallelism: 1 },
    mail: { send: async () => undefined, rehearse: async () => undefined },
  })
  const app = await createApp(services, { reason: () => null })
  const db = openForReading(files.database)
  const pages = db.prepare('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size').pluck()
  const documents = db
    .prepare('SELECT count(*), max(length(CAST(payload AS BLOB))) FROM documents WHERE kind = ?')
    .raw()
  const before = Number(pages.get())
  try {
    let next = 0
    const caller = async () => {
      while (next < REQUESTS) {
        const index = next
        next += 1
        const address = `198.${18 + Math.floor(index / 65_000)}.${Math.floor(index / 250) % 256}.${index % 250}`
        const { statusCode } = (await ASKING[kind]?.(app, { address, index, size })) ?? { statusCode: 0 }
        if (statusCode >= 400 && statusCode !== 403)
          throw new Error(`${kind} was answered with ${statusCode}`)
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    await services.background.settled()
    const [kept, payload] = documents.get(kind) as [number, number | null]
    return { bytes: Number(pages.get()) - before, kept, largest_payload: payload ?? 0 }
  } finally {
    await app.close()
    db.close()
    await storage.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

const SHOP = {
  client_id: 'shop',
  public: true,
  secret_hash: null,
  redirect_uris: ['https://app.example.org/callback'],
  post_logout_redirect_uris: ['https://app.example.org/away'],
  grant_types: ['authorization_code' as const],
  scope: 'openid profile',
}
