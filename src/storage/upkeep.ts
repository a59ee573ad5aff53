import { Worker } from 'node:worker_threads'
import { revivedError } from '../kernel/plain-error.ts'
import type { Installation } from '../log/installation.ts'
import type { FreshKey, KeyMaker } from '../log/keys/key-stock.ts'
import type { UpkeepAnswer, UpkeepTask } from './upkeep-thread.ts'

/** The way to the thread that does what the writer would otherwise wait for. */
export interface Upkeep {
  makeKeys: KeyMaker
  /** Sees to it that the journal is moved soon; asked again while that goes on, it does nothing. */
  moveJournal(): void
  close(): void
}

/** After how long without a task the thread ends, in milliseconds: an idle service should hold little. */
const IDLE = 30_000

/**
 * Makes the way to the upkeep thread, which the first request starts.
 *
 * @param onFault called when the journal could not be moved: what is in it may never reach the database file.
 */
export function upkeepThread(files: Installation, log: string, onFault: (error: Error) => void): Upkeep {
  const asked: { resolve: (keys: FreshKey[]) => void; reject: (error: unknown) => void }[] = []
  let thread: Worker | null = null
  let moving = false
  let closed = false
  let idle: NodeJS.Timeout | undefined
  const start = () => {
    const started = new Worker(new URL('./upkeep-thread.ts', import.meta.url), { workerData: { files, log } })
    started.on('message', (answer: UpkeepAnswer) => {
      if ('moved' in answer) {
        moving = false
        if (answer.moved) onFault(revivedError(answer.moved))
      } else {
        const waiting = asked.shift()
        if ('made' in answer) waiting?.resolve(answer.made)
        else waiting?.reject(revivedError(answer.unmade))
      }
    })
    started.on('error', (error) => {
      thread = null
      moving = false
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
        // A stock that is being filled asks on; a thread started now would keep the process from ending.
        if (closed) return reject(new Error('Keys are asked for after the end'))
        asked.push({ resolve, reject })
        send({ keys: count })
      }),
    moveJournal: () => {
      if (moving || closed) return
      moving = true
      send('move journal')
    },
    close: () => {
      closed = true
      end()
    },
  }
}
