import { afterAll, beforeAll, describe } from 'vitest'
import { noMongo, startMongo, type TestMongo } from './mongodb-process.ts'
import { maySkip } from './scale.ts'

/** Declares a suite that has a server of its own, or one that is skipped with the reason. */
export function describeWithMongo(name: string, body: (server: TestMongo) => void): void {
  if (maySkip(noMongo)) {
    describe.skip(`${name} (skipped: ${noMongo})`, () => body(unavailable))
    return
  }
  describe(name, () => {
    const running: { server?: TestMongo & { stop(): Promise<void> } } = {}
    const current = () => {
      if (!running.server) throw new Error('The server runs only while its suite does')
      return running.server
    }
    beforeAll(async () => {
      running.server = await startMongo()
    }, 300_000)
    afterAll(() => running.server?.stop())
    body({
      get uri() {
        return current().uri
      },
      get kill() {
        return current().kill
      },
      newDatabase: () => current().newDatabase(),
      start: () => current().start(),
    })
  })
}

const unavailable: TestMongo = { uri: '', newDatabase: () => '', kill: null, start: async () => undefined }
