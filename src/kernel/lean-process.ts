import { fileURLToPath } from 'node:url'

/** Gives `gc` for the below. */
export const LEAN_FLAGS: readonly string[] = ['--expose-gc']
/** Where compiled code is kept: beside the packages, so that types need not be stripped again at every start. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))
/** Each thread may otherwise have an arena of its own, and what is freed in one is never used by another. */
const ARENAS = '2'
/** When a start and what it left running are over, in milliseconds. */
const SETTLED = 5_000

/** Gives an environment what makes a process hold little memory; what it says already, stays. */
export function leanEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return { NODE_COMPILE_CACHE: COMPILED, MALLOC_ARENA_MAX: ARENAS, ...(env as Record<string, string>) }
}

/**
 * Starts this process over, in place, with settings that hold little memory: they are read only when a process
 * begins.
 *
 * Does nothing where that cannot be, or where `MALLOC_ARENA_MAX` is set already.
 */
export function becomeLean(): void {
  const { env, execArgv, argv } = process
  // A channel to a parent process does not survive it.
  if (env.MALLOC_ARENA_MAX !== undefined || process.channel || !process.execve) return
  const command = [process.execPath, ...LEAN_FLAGS, ...execArgv, ...argv.slice(1)]
  process.execve(process.execPath, command, leanEnvironment(env))
}

/** Collects, once, what the start of this thread left: a service that idles then would keep it for hours. */
export function collectAfterStart(): void {
  const { gc } = globalThis
  if (gc) setTimeout(() => gc({ type: 'major', flavor: 'last-resort' }), SETTLED).unref()
}
