import { readdirSync, readFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** A thread ten steps of niceness lower gets about a tenth of a core that both want. */
const STEPS = 10
/** Where Linux lists the threads of this process, and how libuv names those of its pool. */
const THREADS = '/proc/self/task'
const POOL_THREAD = 'libuv-worker'

/**
 * Gives the threads that hash passwords and sign tokens a lower priority than the event loop and the writer: time that
 * they take from the loop delays all requests. Returns how many threads it changed; 0 where threads have no names and
 * priorities of their own, as outside Linux.
 *
 * Call it after the pool has worked once: its first task makes its threads.
 */
export function lowerPoolPriority(): number {
  if (process.platform !== 'linux') return 0
  const priority = Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS)
  return readdirSync(THREADS).filter((thread) => lowerPriority(thread, priority)).length
}

function lowerPriority(thread: string, priority: number): boolean {
  try {
    if (readFileSync(`${THREADS}/${thread}/comm`, 'utf8').trim() !== POOL_THREAD) return false
    setPriority(Number(thread), priority)
    return true
  } catch {
    // A thread ended just now, or a sandbox forbids this; the service works correctly without it.
    return false
  }
}
