import { engineContract } from './contract/engine.ts'
import { logContract } from './contract/log.ts'
import { mongoInstallation } from './support/installations.ts'
import { describeWithMongo } from './support/mongodb.ts'

describeWithMongo('a shared log', (server) => {
  logContract('MongoDB', () => mongoInstallation(server))
  engineContract('MongoDB', () => mongoInstallation(server))
})
