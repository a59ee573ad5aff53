import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InstallationFiles } from '../../src/log/sqlite/inspection.ts'

/**
 * Makes an empty directory of its own for a test, and says how to get rid of it.
 *
 * @param where in memory if there is such a place, for tests that write much and have no quarrel with the disk.
 */
export function temporaryDirectory(where: 'disk' | 'memory' = 'disk'): { path: string; remove(): void } {
  const parent = where === 'memory' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const path = mkdtempSync(join(parent, 'countersign-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Names the files of an installation that lies in one directory. */
export function filesIn(directory: string, masterKey: Uint8Array | null = null): InstallationFiles {
  return {
    database: join(directory, 'oidc_op.db'),
    keys: join(directory, 'keys.db'),
    masterKeyFile: join(directory, 'master.key'),
    masterKey,
  }
}
