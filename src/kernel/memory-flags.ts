import { fileURLToPath } from 'node:url'

/** The flags that `collectAfterStart` needs. */
export const MEMORY_FLAGS: readonly string[] = ['--expose-gc']
/** Where compiled code is cached: beside the packages, so that not every start has to strip the types again. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))
/** By default each thread may have an arena of its own, and no other thread reuses memory that is freed in it. */
const ARENAS = '2'
/** How long after a start its garbage is collected, in milliseconds. */
const START_IS_OVER = 5_000

/** Adds to an environment the variables that save memory; a variable that it has already keeps its value. */
export function memoryEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, MALLOC_ARENA_MAX: ARENAS, ...(env as Record<string, string>) }
}

/**
 * Restarts this process in place with flags and variables that save memory: Node and the allocator read them only when
 * a process begins.
 *
 * Does nothing where the platform cannot do so, or where `MALLOC_ARENA_MAX` is set already.
 */
export function restartWithMemoryFlags(): void {
  const { env, execArgv, argv } = process
  // A channel to a parent process does not survive the restart.
  if (env.MALLOC_ARENA_MAX !== undefined || process.channel || !process.execve) return
  const command = [process.execPath, ...MEMORY_FLAGS, ...execArgv, ...argv.slice(1)]
  process.execve(process.execPath, command, memoryEnvironment(env))
}

/** Collects the garbage of this thread's start, once: a service that is idle then would keep it for hours. */
export function collectAfterStart(): void {
  const { gc } = globalThis
  if (gc) setTimeout(() => gc({ type: 'major', flavor: 'last-resort' }), START_IS_OVER).unref()
}
