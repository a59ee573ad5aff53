import { cursorContract } from '../contract/cursors.ts'
import { engineContract } from '../contract/engine.ts'
import { logContract } from '../contract/log.ts'
import { reactionContract } from '../contract/reactions.ts'
import { mongoInstallation } from '../support/installations.ts'
import { describeWithMongo } from '../support/mongodb.ts'

describeWithMongo('a shared log', (server) => {
  logContract('MongoDB', () => mongoInstallation(server))
  engineContract('MongoDB', () => mongoInstallation(server))
  cursorContract('MongoDB', () => mongoInstallation(server))
  reactionContract('MongoDB', () => mongoInstallation(server))
})
