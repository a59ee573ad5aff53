import { execFileSync } from 'node:child_process'
import { temporaryDirectory } from './installation.ts'

/** A file system of its own, in memory, that fills up soon. */
export interface SmallDisk {
  path: string
  /** Lets nobody write to it any more, or lets them again. */
  writable(yes: boolean): void
  unmount(): void
}

/** Mounts a small disk; says why that is not possible. */
export function mountSmallDisk(megabytes: number): SmallDisk | string {
  const directory = temporaryDirectory()
  const { path } = directory
  try {
    mount(['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  } catch (error) {
    directory.remove()
    return `a file system cannot be mounted: ${error instanceof Error ? error.message.split('\n')[1] : error}`
  }
  return {
    path,
    writable: (yes) => mount(['-o', `remount,${yes ? 'rw' : 'ro'}`, path]),
    unmount: () => {
      execFileSync('umount', ['-l', path], { stdio: 'pipe' })
      directory.remove()
    },
  }
}

function mount(parameters: string[]): void {
  execFileSync('mount', parameters, { stdio: 'pipe' })
}
