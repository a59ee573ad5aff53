// The whole application, with the writer in its own thread, over SQLite in a temporary directory.
import { mkdtempSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { createSecretGuesses } from '../../src/http/guards/client-secrets.ts'
import { oidcPages } from '../../src/http/protocol/provider-pages.ts'
import { isoTime, systemClock } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { lowerPoolPriority } from '../../src/kernel/pool-priority.ts'
import { tokenHash } from '../../src/kernel/random.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { loadKeySet } from '../../src/oidc/keys/signing-keys.ts'
import { createProvider } from '../../src/oidc/provider/provider.ts'
import { createApp } from '../../src/service/app.ts'
import { createServices } from '../../src/service/services.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { installationFiles, openThreadedStorage } from '../../src/storage/open.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type CodeHolder,
  mintCodes,
  obey,
  REDIRECT_URI,
  SCOPE,
} from './exchange.ts'

const PEOPLE = 100
const HOUR = 3_600_000

const directory = mkdtempSync(join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-oidc-'))
const settings = readSettings(
  {
    OIDC_OP_DATA_DIR: directory,
    OIDC_OP_SQLITE_PATH: join(directory, 'oidc_op.db'),
    OIDC_OP_LOG_LEVEL: 'fatal',
  },
  () => '',
)
const storage = await openThreadedStorage(installationFiles(settings), (error) => {
  throw error
})
const services = await createServices(storage, settings, systemClock)
lowerPoolPriority()
const app = await createApp(services, { reason: () => null })
await app.listen({ host: '127.0.0.1', port: 0 })

const { commands } = storage
const registration = {
  client_id: CLIENT_ID,
  public: false,
  secret_hash: tokenHash(CLIENT_SECRET),
  redirect_uris: [REDIRECT_URI],
  scope: SCOPE,
}
await commands.submit(command('register-client', registration, SYSTEM_ACTOR))
const holders: CodeHolder[] = await Promise.all(
  Array.from({ length: PEOPLE }, async (_, index) => {
    const [userid, session_id] = [generateUserid(), newId()]
    await commands.submit(command('register-user', { userid, username: `user-${index}` }, SYSTEM_ACTOR))
    const signIn = { userid, session_id, amr: ['pwd' as const], expires_at: isoTime(systemClock() + HOUR) }
    await commands.submit(command('record-sign-in', signIn, SYSTEM_ACTOR))
    return { accountId: userid, sessionUid: session_id }
  }),
)
const minting = createProvider(
  {
    ...services,
    issuer: settings.issuer,
    browserSession: async () => null,
    pages: oidcPages,
    admit: async () => undefined,
    secretGuesses: createSecretGuesses(services),
    report: (error) => console.error(error),
  },
  { signing: await loadKeySet(storage), cookies: [] },
  { requestId: () => null, address: () => null },
)
obey((app.server.address() as AddressInfo).port, (count) =>
  mintCodes(
    minting,
    Array.from({ length: count }, (_, index) => holders[index % PEOPLE] as CodeHolder),
  ),
)
process.on('disconnect', async () => {
  const { rmSync } = await import('node:fs')
  await app.close()
  await storage.close()
  rmSync(directory, { recursive: true, force: true })
  process.exit(0)
})
