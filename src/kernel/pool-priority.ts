import { readdirSync, readFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** How far behind: a thread ten steps of niceness lower gets about a tenth of a core that both want. */
const STEPS = 10
/** Where Linux shows the threads of this process, and what libuv names those of its pool. */
const THREADS = '/proc/self/task'
const POOL_THREAD = 'libuv-worker'

/**
 * Puts the threads that hash passwords and sign tokens behind the event loop and the writer: what one of them takes
 * from the loop, it takes from all requests. Answers how many threads it found; none where threads have no names and
 * priorities of their own, as outside Linux.
 *
 * Call it once the pool has worked: its first piece of work makes its threads.
 */
export function putPoolBehindEventLoop(): number {
  if (process.platform !== 'linux') return 0
  const priority = Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS)
  return readdirSync(THREADS).filter((thread) => putBehind(thread, priority)).length
}

function putBehind(thread: string, priority: number): boolean {
  try {
    if (readFileSync(`${THREADS}/${thread}/comm`, 'utf8').trim() !== POOL_THREAD) return false
    setPriority(Number(thread), priority)
    return true
  } catch {
    // Some other thread ended just now, or a sandbox forbids this; the service is as right without it.
    return false
  }
}
