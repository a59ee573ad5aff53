import { Worker } from 'node:worker_threads'
import { revivedError } from '../kernel/plain-error.ts'
import type { Installation } from '../log/installation.ts'
import type { FreshKey, KeyMaker } from '../log/keys/key-stock.ts'
import type { UpkeepAnswer, UpkeepTask } from './upkeep-thread.ts'

/** The client of the upkeep thread, which does work that would otherwise delay the writer. */
export interface Upkeep {
  makeKeys: KeyMaker
  /** Starts a checkpoint of the WAL; does nothing while one is running. */
  checkpoint(): void
  close(): void
}

/** After how long without a task the thread ends, in milliseconds: an idle service should use little memory. */
const IDLE = 30_000

/**
 * Makes the client of the upkeep thread. The first request starts the thread.
 *
 * @param onFault called when a checkpoint failed: the content of the WAL may never reach the database file.
 */
export function upkeepThread(files: Installation, log: string, onFault: (error: Error) => void): Upkeep {
  const asked: { resolve: (keys: FreshKey[]) => void; reject: (error: unknown) => void }[] = []
  let thread: Worker | null = null
  let isCheckpointing = false
  let closed = false
  let idle: NodeJS.Timeout | undefined
  const start = () => {
    const started = new Worker(new URL('./upkeep-thread.ts', import.meta.url), { workerData: { files, log } })
    started.on('message', (answer: UpkeepAnswer) => {
      if ('checkpointed' in answer) {
        isCheckpointing = false
        if (answer.checkpointed) onFault(revivedError(answer.checkpointed))
      } else {
        const waiting = asked.shift()
        if ('made' in answer) waiting?.resolve(answer.made)
        else waiting?.reject(revivedError(answer.unmade))
      }
    })
    started.on('error', (error) => {
      thread = null
      isCheckpointing = false
      for (const { reject } of asked.splice(0)) reject(error)
    })
    return started
  }
  const end = () => {
    clearTimeout(idle)
    thread?.postMessage('close' satisfies UpkeepTask)
    thread = null
  }
  const send = (task: UpkeepTask) => {
    thread ??= start()
    thread.postMessage(task)
    clearTimeout(idle)
    idle = setTimeout(end, IDLE).unref()
  }
  return {
    makeKeys: (count) =>
      new Promise((resolve, reject) => {
        // The key stock may still ask; a thread that is started now would keep the process from ending.
        if (closed) return reject(new Error('Keys are requested after the end'))
        asked.push({ resolve, reject })
        send({ keys: count })
      }),
    checkpoint: () => {
      if (isCheckpointing || closed) return
      isCheckpointing = true
      send('checkpoint')
    },
    close: () => {
      closed = true
      end()
    },
  }
}
