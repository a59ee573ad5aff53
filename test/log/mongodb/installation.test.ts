import { expect, it } from 'vitest'
import { systemClock } from '../../../src/kernel/clock.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import { openMongoInstallation } from '../../../src/log/mongodb/installation.ts'
import { describeWithMongo } from '../../support/mongodb.ts'

const NODES = 6
const ROUNDS = 25

describeWithMongo('an installation', (server) => {
  it('is made once, however many nodes make it at the same time', async () => {
    const source = { masterKeyFile: '', masterKey: systemRandom(32) }
    for (let round = 0; round < ROUNDS; round += 1) {
      const address = { uri: server.uri, database: server.newDatabase() }
      const open = async () => {
        const { log, close } = await openMongoInstallation(address, source, systemClock)
        await close()
        return log
      }
      expect(new Set(await Promise.all(Array.from({ length: NODES }, open))).size).toBe(1)
    }
  })
})
