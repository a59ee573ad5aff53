import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { documentKeyHash } from '../documents/key-hash.ts'
import { requireSoundReadModels } from '../integrity/assert-read-models.ts'
import { keyFileIncomplete, keysLost, lostSubjects } from '../integrity/lost-keys.ts'
import { schemaFault } from '../integrity/schema-fault.ts'
import { clockBehind, isoTime, systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { type ExistingLog, openExistingSqliteLog } from '../log/sqlite/existing-log.ts'
import type { InstallationFiles } from '../log/sqlite/inspection.ts'
import { findLeftovers } from '../log/sqlite/leftovers.ts'
import { openSqliteKeys } from '../log/sqlite/open-keys.ts'
import { refuseHalfExchanged } from '../log/sqlite/settle-restore.ts'
import { assertTailIntact } from '../log/sqlite/tail-check.ts'
import { assertNothingLost } from '../log/sqlite/watermark-check.ts'
import { momentQueries } from '../projections/audit/moments.ts'
import { relyingPartyIdQueries } from '../projections/relying-party-ids/queries.ts'
import { streamQueries } from '../projections/streams/queries.ts'
import type { Settings } from '../settings/settings.ts'
import {
  describeUntrustedProxy,
  isNeighbour,
  NOTICE_KEY,
  NOTICE_KIND,
  readNotice,
  trustOf,
} from '../settings/untrusted-proxy.ts'
import { issuerWarnings } from './issuer-warnings.ts'

/** The result of one check. */
export interface Finding {
  check: string
  ok: boolean
  detail: string
}

/** Least free space, in bytes: below it, a busy service has hours, not days. */
const LEAST_FREE = 256 * 1024 * 1024

/** Examines an installation without writing to it; a check that cannot run has failed. */
export async function examine(
  files: InstallationFiles,
  { trustProxy, issuer }: Partial<Pick<Settings, 'trustProxy' | 'issuer'>> = {},
): Promise<Finding[]> {
  const findings = [
    finding('files', () => missingFiles(files)),
    finding('permissions', () => requirePrivateFiles(files)),
    finding('disk space', () => freeSpace(files)),
    finding('leftovers', () => leftovers(files)),
    finding('watermark', () => {
      assertNothingLost(files)
      return 'the log and the keys hold everything that was noted to be on the disk'
    }),
  ]
  let existing: ExistingLog
  try {
    existing = openExistingSqliteLog(files)
  } catch (error) {
    return [...findings, { check: 'database', ok: false, detail: reasonOf(error) }]
  }
  try {
    const { db, log } = existing
    findings.push(
      finding('database', () => requireSettings(existing)),
      finding('keys', () => readableKeys(files, log.id)),
      finding('log', () => {
        db.transaction(() => assertTailIntact(db, log))()
        const { position, sequence, epoch } = log.head()
        return `${position} commits, ${sequence} events, epoch ${epoch}; its end and the read models agree`
      }),
      await laterFinding('subjects', () => subjectsWithKeys(files, existing)),
      await laterFinding('read models', () => soundReadModels(files, existing)),
      finding('clock', () => clockAgainst(existing)),
      finding('proxy', () => forwardedHeaders(existing, trustProxy ?? [])),
      ...(issuer === undefined ? [] : [finding('issuer', () => usableIssuer(existing, issuer))]),
    )
    return findings
  } finally {
    existing.close()
  }
}

/** Looks for what does not work with the public address. @throws StartRefused with all of it. */
export function usableIssuer({ db }: ExistingLog, issuer: string): string {
  const warnings = issuerWarnings(issuer, { relyingPartyIds: relyingPartyIdQueries(db) })
  if (warnings.length > 0) throw new StartRefused(warnings.join('; '))
  return `${issuer}; passkeys work there`
}

/** Runs a check; the error that it throws is its fault. */
export function finding(check: string, work: () => string): Finding {
  try {
    return { check, ok: true, detail: work() }
  } catch (error) {
    return { check, ok: false, detail: reasonOf(error) }
  }
}

/** Does what `finding` does, for an asynchronous check. */
export async function laterFinding(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, detail: await work() }
  } catch (error) {
    return { check, ok: false, detail: reasonOf(error) }
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function missingFiles({ database, keys, masterKey, masterKeyFile }: InstallationFiles): string {
  const needed = masterKey ? [database, keys] : [database, keys, masterKeyFile]
  const missing = needed.filter((path) => !existsSync(path))
  if (missing.length > 0) throw new StartRefused(`missing: ${missing.join(', ')}`)
  return needed.join(', ')
}

/** Checks that only the owner can read the files. @throws StartRefused */
export function requirePrivateFiles({ database, keys, masterKeyFile }: InstallationFiles): string {
  const open = [database, keys, masterKeyFile].filter(
    (path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0,
  )
  if (open.length > 0) throw new StartRefused(`not only the owner can read: ${open.join(', ')}`)
  return 'only the owner can read the files'
}

/** Lists what restores and copies left: files that they keep are fine, files of an interrupted run are a fault. */
function leftovers(files: InstallationFiles): string {
  refuseHalfExchanged(files)
  const { staged, drafts, kept } = findLeftovers(files)
  const unused = [...staged, ...drafts]
  if (unused.length > 0) {
    throw new StartRefused(
      `a restore or copy was interrupted and left ${unused.join(', ')}: the next start removes what a restore left, the next copy its drafts`,
    )
  }
  if (kept.length === 0) return 'no restore or copy left anything'
  return `kept from before a restore, with the personal data and keys of that time; remove it when it is not needed: ${kept.join(', ')}`
}

/** Checks that there is enough space on the disk. @throws StartRefused */
export function freeSpace({ database }: InstallationFiles): string {
  const { bavail, bsize } = statfsSync(dirname(database))
  const free = bavail * bsize
  const text = `${Math.floor(free / 1024 / 1024)} MiB are free`
  if (free < LEAST_FREE) throw new StartRefused(`only ${text}`)
  return text
}

function requireSettings({ db }: ExistingLog): string {
  const mode = db.pragma('journal_mode', { simple: true })
  if (mode !== 'wal') throw new StartRefused(`the journal mode is ${mode}, not wal`)
  const fault = db.pragma('integrity_check(1)', { simple: true })
  if (fault !== 'ok') throw new StartRefused(`SQLite finds it damaged: ${fault}`)
  const changed = schemaFault(db)
  if (changed) throw new StartRefused(`its schema was changed by hand: ${changed}. Restore it from a backup`)
  return 'write-ahead log; SQLite finds no damage'
}

function readableKeys(files: InstallationFiles, log: string): string {
  const keys = openSqliteKeys(files, log)
  try {
    return `the master key opens all ${keys.openAll()} of them, and they belong to this log`
  } finally {
    keys.close()
  }
}

async function soundReadModels(files: InstallationFiles, { db, log }: ExistingLog): Promise<string> {
  const keys = openSqliteKeys(files, log.id)
  try {
    await requireSoundReadModels(files, { db, log, keys }, systemRandom)
    return 'they agree with their digests; administrators, and others drawn at random, agree with the log'
  } finally {
    keys.close()
  }
}

/** Compares the clock with the times in the log. @throws StartRefused */
export function clockAgainst({ db }: ExistingLog): string {
  const now = systemClock()
  const fault = clockBehind(momentQueries(db).latest(), now)
  if (fault) throw new StartRefused(fault)
  return `it is ${isoTime(now)}`
}

function forwardedHeaders({ db }: ExistingLog, trustProxy: readonly string[]): string {
  const payload = db
    .prepare('SELECT payload FROM documents WHERE key_hash = unhex(?) AND expires_at > ?')
    .pluck()
    .get(documentKeyHash(NOTICE_KIND, NOTICE_KEY), systemClock())
  const notice = typeof payload === 'string' ? readNotice(JSON.parse(payload)) : null
  if (notice === null || trustOf(trustProxy)(notice.peer)) {
    return 'no forwarded headers came from an address that is not trusted'
  }
  // An address outside the operator's networks is no proxy of this service; anyone can send such a header.
  if (isNeighbour(notice.peer)) throw new StartRefused(describeUntrustedProxy(notice))
  return describeUntrustedProxy(notice)
}

/** Looks for subjects in the log that are not erased and have no key. */
async function subjectsWithKeys(files: InstallationFiles, { db, log }: ExistingLog): Promise<string> {
  const keys = openSqliteKeys(files, log.id)
  try {
    const lost = await lostSubjects({ streams: streamQueries(db), keys })
    if (lost.length > 0) throw keysLost(lost)
    const missing = keys.missing()
    if (missing) throw keyFileIncomplete(missing)
    return 'every subject that is not erased has a key'
  } finally {
    keys.close()
  }
}
