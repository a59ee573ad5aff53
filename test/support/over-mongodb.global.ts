// Starts the server for a run of the tests over MongoDB, once for all files.
import type { TestProject } from 'vitest/node'
import { noMongo, startMongo } from './mongodb-process.ts'

declare module 'vitest' {
  interface ProvidedContext {
    mongodb: { uri: string } | { missing: string }
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (noMongo) {
    project.provide('mongodb', { missing: noMongo })
    return undefined
  }
  const server = await startMongo()
  project.provide('mongodb', { uri: server.uri })
  return server.stop
}
