import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Installation } from '../../src/log/installation.ts'
import type { LoadFigures } from '../callers.ts'

/** What one node is to do. */
export interface NodeTask {
  name: string
  installation: Omit<Installation, 'masterKey'>
  /** Base64. */
  masterKey: string
  callers: number
  count: number
}

/** Runs nodes as processes that begin at the same moment; answers what each measured, and the time for all. */
export async function runNodes(
  tasks: readonly NodeTask[],
): Promise<{ results: LoadFigures[]; seconds: number }> {
  const script = fileURLToPath(new URL('node.ts', import.meta.url))
  const nodes = tasks.map((task) => fork(script, [JSON.stringify(task)]))
  await Promise.all(nodes.map((node) => once(node, 'message')))
  const begun = performance.now()
  const results = nodes.map(async (node) => {
    const [message] = await once(node, 'message')
    return message as LoadFigures
  })
  for (const node of nodes) node.send('begin')
  const measured = await Promise.all(results)
  const seconds = (performance.now() - begun) / 1000
  await Promise.all(nodes.map((node) => (node.exitCode === null ? once(node, 'exit') : null)))
  return { results: measured, seconds }
}
