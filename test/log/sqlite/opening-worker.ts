// One of several threads that make new installations, all at the same time, one installation after another.

import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteInstallation } from '../../../src/log/sqlite/installation.ts'
import { filesIn } from '../../support/installation.ts'

export interface OpeningTask {
  directory: string
  threads: number
  rounds: number
  /** How many threads have reached a gate in all, and how many gates are open. */
  gate: Int32Array
}

const { directory, threads, rounds, gate } = workerData as OpeningTask

for (let round = 1; round <= rounds; round++) {
  const isLast = Atomics.add(gate, 0, 1) === round * threads - 1
  if (isLast) Atomics.store(gate, 1, round)
  // A busy loop instead of a sleep lets all threads go on within microseconds.
  else while (Atomics.load(gate, 1) < round);
  const { log, close } = openSqliteInstallation(filesIn(`${directory}/${round}`), '2030-01-01T00:00:00.000Z')
  parentPort?.postMessage({ round, log: log.id })
  await close()
}
