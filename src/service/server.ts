import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { issueClaim } from '../accounts/issue-operator-link.ts'
import { command, SYSTEM_ACTOR } from '../commands/command.ts'
import { recallForwardedHeaders } from '../http/guards/forwarded-headers.ts'
import { clockBehind, systemClock } from '../kernel/clock.ts'
import { lowerPoolPriority } from '../kernel/pool-priority.ts'
import { isPassing } from '../kernel/refusal.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import { describeSettled, settleRestore } from '../log/sqlite/settle-restore.ts'
import { throughLink } from '../log/sqlite/through-link.ts'
import { issuerWarnings } from '../maintenance/issuer-warnings.ts'
import { purgeLinks } from '../reactions/purge-links.ts'
import { startReactions } from '../reactions/reactions.ts'
import type { Settings } from '../settings/settings.ts'
import { watchDisk } from '../storage/disk-watch.ts'
import { installationFiles, openThreadedStorage } from '../storage/open.ts'
import { createApp } from './app.ts'
import type { AppDeps } from './app-deps.ts'
import { createServices } from './services.ts'
import { keepSwept } from './sweeper.ts'

/** How long requests in progress may take while the server stops, in milliseconds. */
const PATIENCE = 10_000

/** How long a start waits until the database answers, in milliseconds. */
const DATABASE_PATIENCE = 120_000

/** A server that listens. */
export interface Server {
  /** Resolves with the reason when the store has failed permanently: only a restart of the process helps. */
  failed: Promise<string>
  /** Accepts no more requests, finishes those in progress, and closes everything. */
  stop(): Promise<void>
}

/**
 * Starts the server, and prints the link for its first administrator while there is none.
 *
 * @param print writes a line for the operator.
 * @throws StartRefused when the installation must not be opened.
 */
export async function startServer(given: Settings, print: (line: string) => void): Promise<Server> {
  const settings = given.port === 0 ? await withFreePort(given) : given
  let unready: string | null = null
  const files = patient(installationFiles(settings))
  // The writer does so too, but cannot print.
  const settled = files.mongodb ? null : settleRestore(files)
  if (settled) print(describeSettled(settled))
  let fail: (reason: string) => void = () => undefined
  const failed = new Promise<string>((resolve) => {
    fail = resolve
  })
  const disk = await watchDisk({
    directories: [dirname(throughLink(files.database)), dirname(throughLink(files.keys))],
    reserve: settings.diskReserve,
    onChange: (shortage) =>
      print(shortage === null ? 'The disk has enough space again' : `No new work is accepted: ${shortage}`),
  })
  const onLost = (error: unknown) => {
    unready = 'the writer has stopped'
    console.error(error)
    fail(unready)
  }
  const storage = await openThreadedStorage(files, onLost, { disk, onFinal: ({ reason }) => fail(reason) })
  const services = await createServices(storage, settings, systemClock)
  lowerPoolPriority()
  const reason = () => unready ?? storage.condition()?.reason ?? null
  const { logger } = services
  const reactions = startReactions({
    ...services,
    cursors: storage.cursors,
    report: ({ what, ...fact }) => logger.warn(fact, `a reaction: ${what}`),
    fault: (error) => logger.error({ err: error }, 'the reactions could not reach the store'),
  })
  const app = await createApp({ ...services, reactions: reactions.status }, { reason })
  await app.listen({ host: settings.host, port: settings.port }).catch((error: unknown) => {
    throw new StartRefused(`Cannot listen at ${settings.host} port ${settings.port}: ${String(error)}`)
  })
  await announceHost(services)
  for (const warning of issuerWarnings(settings.issuer, storage.views)) print(`warning: ${warning}`)
  const fault = clockBehind(storage.views.audit.latestTime(), systemClock())
  if (fault) print(`warning: ${fault}`)
  const sweeper = keepSwept({
    documents: services.documents,
    clock: services.carefulClock,
    purgeLinks: (endedBy) => purgeLinks(services, endedBy),
    storeTime: storage.storeTime,
    report: (error) => logger.error({ err: error }, 'sweeping failed'),
    warn: (text) => logger.warn(text),
  })
  services.background.run(() => recallForwardedHeaders(services))
  const claim = await issueClaim(services).catch((error: unknown) => {
    if (!isPassing(error)) throw error
    print(`No claim link was made; restart the service when this is over: ${error.message}`)
    return null
  })
  if (claim) print(`claim: ${claim.url}`)

  let stopped: Promise<void> | null = null
  const stop = async () => {
    unready = 'shutting down'
    const impatience = setTimeout(() => app.server.closeAllConnections(), PATIENCE)
    await app.close()
    clearTimeout(impatience)
    await sweeper.stop()
    await reactions.stop()
    disk.stop()
    await storage.close()
  }
  return {
    failed,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

/** Lets a start wait for a database that starts at the same time. */
function patient(files: Installation): Installation {
  return files.mongodb ? { ...files, mongodb: { ...files.mongodb, patience: DATABASE_PATIENCE } } : files
}

/** Records the host of the public address if it has changed since the last start. */
async function announceHost({ commands, settings: { issuer } }: AppDeps): Promise<void> {
  const announcing = commands.submit(
    command('change-relying-party-id', { rp_id: new URL(issuer).hostname }, SYSTEM_ACTOR),
  )
  await announcing.catch((error: unknown) => {
    // The next start records it.
    if (!isPassing(error)) throw error
  })
}

/** Chooses a free port before anything is built, because the public address is part of every link and cookie. */
async function withFreePort(settings: Settings): Promise<Settings> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen({ host: settings.host, port: 0 }, resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new StartRefused('There is no free port')
  const { port } = address
  const issuer = settings.issuer === 'http://localhost:0' ? `http://localhost:${port}` : settings.issuer
  return { ...settings, port, issuer }
}
