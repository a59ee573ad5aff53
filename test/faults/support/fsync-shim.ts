import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from '../../support/installation.ts'

/** A library that makes the syncs of a process fail, or slow, when it is told to. */
export interface FsyncShim {
  /** With what environment a process is started to have it. */
  environment: { LD_PRELOAD: string; FSYNC_SHIM_CONTROL: string }
  /** Says what syncs do from now on: `ok`, `fail`, or `delay:<milliseconds>`. */
  order(text: string): void
  remove(): void
}

/** Compiles the library; says why that is not possible. */
export function compileFsyncShim(): FsyncShim | string {
  const source = fileURLToPath(new URL('fsync-shim.c', import.meta.url))
  if (process.platform !== 'linux') return 'LD_PRELOAD is needed'
  const tools = temporaryDirectory()
  const library = join(tools.path, 'fsync-shim.so')
  const control = join(tools.path, 'control')
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'pipe' })
  } catch (error) {
    tools.remove()
    return `the shim cannot be compiled: ${error instanceof Error ? error.message : error}`
  }
  return {
    environment: { LD_PRELOAD: library, FSYNC_SHIM_CONTROL: control },
    order: (text) => writeFileSync(control, text),
    remove: () => tools.remove(),
  }
}
