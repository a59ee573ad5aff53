import { expect, it } from 'vitest'
import { connectMongo } from '../../../src/log/mongodb/connection.ts'
import { describeWithMongo } from '../../support/mongodb.ts'

describeWithMongo('a database that is slower to start than the node', (server) => {
  it('is waited for as long as the address says, and reported once', async () => {
    const kill = server.kill ?? expect.unreachable('A server that is given cannot be killed')
    const address = { uri: server.uri, database: server.newDatabase() }
    await kill()
    const told: string[] = []
    let begin: () => void = () => undefined
    const waiting = new Promise<void>((resolve) => {
      begin = resolve
    })
    const connecting = connectMongo({ ...address, patience: 60_000 }, (line) => {
      told.push(line)
      begin()
    })
    await waiting
    await server.start()
    await (await connecting).close()
    expect(told).toEqual([expect.stringMatching(/^MongoDB at .* cannot be used: .*\. Waiting for it$/)])
  }, 90_000)
})
