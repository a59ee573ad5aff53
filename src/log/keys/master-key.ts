import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { newId } from '../../kernel/ids.ts'
import { keyWeakness } from '../../kernel/key-strength.ts'
import { systemRandom } from '../../kernel/random.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import { syncDirectory } from '../sync-directory.ts'

const KEY_LENGTH = 32

/** Reads a master key from base64. @throws StartRefused when it is not 32 random bytes. */
export function parseMasterKey(text: string, source: string): Uint8Array {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== KEY_LENGTH)
    throw new StartRefused(`The master key in ${source} must be 32 bytes in base64`)
  const weakness = keyWeakness(key)
  if (weakness !== null) {
    throw new StartRefused(
      `The master key in ${source} ${weakness}: it would protect nothing; make one with openssl rand -base64 32`,
    )
  }
  return key
}

/** Reads the generated master key of a data directory, or `null` when there is none. */
export function readMasterKeyFile(path: string): Uint8Array | null {
  try {
    return parseMasterKey(readFileSync(path, 'utf8'), path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * Makes a master key file that only its owner may read, and returns the key. When another process makes one at the
 * same time, the first one counts: the file appears complete and is never replaced.
 */
export function createMasterKeyFile(path: string): Uint8Array {
  const draft = `${path}.${newId()}`
  const file = openDraft(draft)
  try {
    writeSync(file, `${Buffer.from(systemRandom(KEY_LENGTH)).toString('base64')}\n`)
    fsyncSync(file)
    linkSync(draft, path)
    syncDirectory(dirname(path))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    closeSync(file)
    unlinkSync(draft)
  }
  const key = readMasterKeyFile(path)
  if (!key) throw new StartRefused(`The master key file ${path} cannot be read back`)
  return key
}

function openDraft(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartRefused(`The master key file cannot be made: ${reason}`, { cause })
  }
}

/** Reads the master key from the setting or its file. @throws StartRefused when it is in neither. */
export function requireMasterKey(source: {
  masterKey: Uint8Array | null
  masterKeyFile: string
}): Uint8Array {
  const master = source.masterKey ?? readMasterKeyFile(source.masterKeyFile)
  if (master) return master
  throw new StartRefused(
    `The master key is missing: neither OIDC_OP_MASTER_KEY nor ${source.masterKeyFile} holds it`,
  )
}
