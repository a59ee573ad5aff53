import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, it } from 'vitest'
import { temporaryDirectory } from '../../support/installation.ts'
import type { OpeningTask } from './opening-worker.ts'

const THREADS = 4
const ROUNDS = 100

const directory = temporaryDirectory()
afterAll(() => directory.remove())

it('is made once, however many processes make it at the same time', async () => {
  const task: OpeningTask = {
    directory: directory.path,
    threads: THREADS,
    rounds: ROUNDS,
    gate: new Int32Array(new SharedArrayBuffer(8)),
  }
  const logs = Array.from({ length: ROUNDS }, () => new Set<string>())
  const workers = Array.from({ length: THREADS }, () => {
    const worker = new Worker(new URL('./opening-worker.ts', import.meta.url), { workerData: task })
    return worker.on('message', ({ round, log }) => logs[round - 1]?.add(log))
  })
  try {
    await Promise.all(workers.map((worker) => once(worker, 'exit')))
  } finally {
    // When one has failed, the others wait for it at the gate.
    for (const worker of workers) await worker.terminate()
  }
  expect(logs.map(({ size }) => size)).toEqual(Array.from({ length: ROUNDS }, () => 1))
}, 60_000)
