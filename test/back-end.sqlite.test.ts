import { engineContract } from './contract/engine.ts'
import { logContract } from './contract/log.ts'
import { sqliteInstallation } from './support/installations.ts'

logContract('SQLite', sqliteInstallation)
engineContract('SQLite', sqliteInstallation)
